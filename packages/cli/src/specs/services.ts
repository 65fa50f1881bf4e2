import type { CommandSpec, OptionSpec } from '../spec/command-spec.js';
import { YES } from './common.js';

const AGENTS_OF_RUN: readonly OptionSpec[] = [
  {
    flags: '--agent <name=command>',
    description:
      'An agent and its program, as the shell reads it; can be repeated, in the order of the pattern',
    repeated: true,
  },
  {
    flags: '--module <file>',
    description: 'A module that exports agents({ trust }), which returns agents by name; can be repeated',
    repeated: true,
  },
  {
    flags: '--approval <name=approvers>',
    description:
      'The people, one of whom must approve each call of a program agent, separated by commas; in durable runs only',
    repeated: true,
  },
];

const RUN = { name: 'run-id', description: 'The id of the run' };

/** The key with which an approver signs. */
const APPROVER_KEY: readonly OptionSpec[] = [
  { flags: '--key <key-id>', description: 'The key of the approver', byDefault: 'the id of the approver' },
  {
    flags: '--approver-keys <folder>',
    description: "A folder with the approver's own keys",
    byDefault: 'that of the deployment',
  },
  {
    flags: '--approver-passphrase-file <file>',
    description: 'A file of mode 600 with the passphrase of that folder',
  },
  {
    flags: '--approver-passphrase-fd <number>',
    description: 'A descriptor from which that passphrase is read',
  },
];

/** The options of an answer to a request. */
const ANSWER: readonly OptionSpec[] = [
  { flags: '--as <approver-id>', description: 'The person who decides', required: true },
  { flags: '--request <id>', description: 'The request', byDefault: 'the only one of the run' },
  ...APPROVER_KEY,
  { flags: '--reason <text>', description: 'The reason, which is signed and recorded' },
  YES,
];

/** The commands that serve until they are interrupted, and those that talk to them. */
export const SERVICES: readonly CommandSpec[] = [
  {
    name: 'run start',
    summary: 'Run agents that are programs in a pattern, each verified before and recorded after',
    description: [
      'Each agent is a program: it reads its input as JSON from standard input, and writes its output as JSON or text. The agents must be established; the agent of --agent clerk=COMMAND is agent-clerk. Exits with 1 if the run fails or a step is denied.',
    ],
    arguments: [
      { name: 'input', description: 'The input: JSON, or any other text as it is', optional: true },
    ],
    options: [
      ...AGENTS_OF_RUN,
      { flags: '--pattern <name>', description: 'The pattern', byDefault: 'sequential' },
      { flags: '--task <id>', description: 'The task that the run belongs to', byDefault: 'a new one' },
      { flags: '--run <id>', description: 'The id of the run and of its trail', byDefault: 'a new one' },
      { flags: '--timeout <duration>', description: 'The time limit of the run' },
      { flags: '--receipt <file>', description: 'The file to write the receipt into' },
      {
        flags: '--durable',
        description: 'Submit the run to the workers of the deployment, and return at once',
      },
    ],
    examples: [
      [
        "kaizen-eatp run start '[3, 4]' --agent adder='jq add' --receipt receipt.json",
        'Runs one agent, and writes the proof of the run.',
      ],
    ],
    run: async (session, given) => (await import('../commands/run-start.js')).start(session, given),
  },
  {
    name: 'run list',
    summary: 'List the runs, the newest first, a page at a time',
    description: [
      'A run must meet every criterion that is given. With --action and --result, an action that was recorded with that result. The list is an index of the store: trail verify and receipts prove what happened.',
    ],
    options: [
      {
        flags: '--state <state>',
        description: 'Only runs in this state',
        choices: ['queued', 'running', 'waiting', 'withheld', 'succeeded', 'failed', 'cancelled'],
      },
      { flags: '--agent <id>', description: 'Only runs in which this agent acted or was denied' },
      { flags: '--task <id>', description: 'Only runs of this task' },
      { flags: '--pattern <name>', description: 'Only runs of this pattern' },
      { flags: '--person <pseudonym>', description: 'Only runs on behalf of this person' },
      { flags: '--action <action>', description: 'Only runs in which this action was recorded' },
      {
        flags: '--result <result>',
        description: 'Only runs in which this result was recorded',
        choices: ['success', 'failure', 'denied', 'partial'],
      },
      {
        flags: '--since <time>',
        description:
          'Only runs that began at this time or later: ISO 8601, or a time ago such as 90m, 12h or 2d',
      },
      { flags: '--until <time>', description: 'Only runs that began before this time' },
      { flags: '--limit <count>', description: 'At most so many runs, up to 1000', byDefault: '50' },
      { flags: '--cursor <cursor>', description: 'Continue where the page before ended, with older runs' },
    ],
    examples: [
      ['kaizen-eatp run list --state failed --since 2d', 'Lists the runs of two days that failed.'],
      ['kaizen-eatp run list --action pay --result denied', 'Lists the runs in which a payment was denied.'],
    ],
    run: async (session, given) => (await import('../commands/run-list.js')).list(session, given),
  },
  {
    name: 'run show',
    summary: 'Show a run: its state and its records',
    arguments: [RUN],
    run: async (session, given) => (await import('../commands/runs.js')).show(session, given),
  },
  {
    name: 'run cancel',
    summary: 'Cancel a durable run',
    arguments: [RUN],
    options: [
      { flags: '--reason <text>', description: 'The reason, which is recorded' },
      { flags: '--by <name>', description: 'Who cancels it', byDefault: 'the user of this process' },
      YES,
    ],
    run: async (session, given) => (await import('../commands/runs.js')).cancel(session, given),
  },
  {
    name: 'run resume',
    summary: 'Continue a durable run that waits or is withheld',
    arguments: [RUN],
    run: async (session, given) => (await import('../commands/runs.js')).resume(session, given),
  },
  {
    name: 'run approvals',
    summary: 'List what runs ask people to approve, and who can decide',
    arguments: [{ ...RUN, optional: true }],
    options: [{ flags: '--approver <id>', description: 'Only requests that this person can answer' }],
    run: async (session, given) => (await import('../commands/approvals.js')).list(session, given),
  },
  {
    name: 'run approve',
    summary: 'Approve what a run asks for, with the signature of an approver',
    description: [
      "The approver signs with a key of the deployment's folder, or of a folder of the approver's own. The answer counts if an authority made the person an approver of the action, and the request names the person.",
    ],
    arguments: [RUN],
    options: ANSWER,
    examples: [
      ["kaizen-eatp run approve run-7 --as person-carol --reason 'within the budget'", 'Lets the run go on.'],
    ],
    run: async (session, given) => (await import('../commands/approvals.js')).approve(session, given),
  },
  {
    name: 'run reject',
    summary: 'Reject what a run asks for, with the signature of an approver',
    arguments: [RUN],
    options: ANSWER,
    run: async (session, given) => (await import('../commands/approvals.js')).reject(session, given),
  },
  {
    name: 'worker',
    summary: 'Execute durable runs of this deployment, until it is interrupted',
    description: [
      'Takes up the runs that any process submitted to the same store, and those that a worker left when it ended. A SQLite store has one worker at a time; a PostgreSQL store has any number, on any number of machines. With --engine, a Temporal service decides which worker executes a run; the package @kaizen-eatp/engine-temporal must be installed, and all workers name the same service and queue.',
    ],
    options: [
      ...AGENTS_OF_RUN,
      {
        flags: '--engine <url>',
        description: 'A Temporal service: temporal://HOST:PORT/NAMESPACE?queue=NAME&tls=true',
        byDefault: 'the engine of the store',
      },
      {
        flags: '--concurrency <count>',
        description: 'How many runs are executed at a time',
        byDefault: '16',
      },
      {
        flags: '--retention <duration>',
        description: 'How long the content of ended runs is kept',
        byDefault: '7d',
      },
      {
        flags: '--drain-timeout <duration>',
        description: 'How long steps in progress may take at the end',
        byDefault: '30s',
      },
    ],
    run: async (session, given) => (await import('../commands/worker.js')).worker(session, given),
  },
  {
    name: 'serve',
    summary: 'Serve the viewer of runs, agents and receipts to a browser on this machine',
    description: [
      'Listens on 127.0.0.1 only, and prints the address with a token that every request needs. Runs in progress appear as they go on. It changes nothing, unless --approve-as names an approver: then the page can approve and reject in the name of this person.',
      'Receipts and approvals need the passphrase of the keys, from a file or a descriptor.',
    ],
    options: [
      { flags: '--port <number>', description: 'The port', byDefault: 'any that is free' },
      {
        flags: '--token-file <file>',
        description: 'A file of mode 600 with the token',
        byDefault: 'a new token',
      },
      {
        flags: '--name <name>',
        description: 'The name of the deployment, to show',
        byDefault: 'Kaizen EATP',
      },
      {
        flags: '--checkpoint <file>',
        description: 'A checkpoint that was kept elsewhere, with which the page compares the store',
      },
      { flags: '--approve-as <approver-id>', description: 'Let the page decide in the name of this person' },
      ...APPROVER_KEY,
    ],
    run: async (session, given) => (await import('../commands/serve.js')).serve(session, given),
  },
  {
    name: 'bridge serve',
    summary: 'Let Python workers join this deployment with their agents',
    description: [
      'Prints the address, and then each worker that joins, leaves or is refused, until it is interrupted. The bridge has the same key at every start, by which workers know it again.',
    ],
    options: [
      {
        flags: '--host <address>',
        description: 'The address; any but a loopback address needs TLS',
        byDefault: '127.0.0.1',
      },
      { flags: '--port <number>', description: 'The port', byDefault: 'any that is free' },
      { flags: '--tls-cert <file>', description: 'The certificate chain, as PEM' },
      {
        flags: '--tls-key <file>',
        description: 'A file of mode 600 with the key of the certificate, as PEM',
      },
    ],
    run: async (session, given) => (await import('../commands/bridge.js')).serve(session, given),
  },
  {
    name: 'bridge token',
    summary: 'Make a token with which a Python worker enrols its agents once',
    description: [
      'Asks the bridge of this deployment that runs on this machine. The token names the agents, what each is allowed to do, and who vouches for them.',
    ],
    options: [
      { flags: '--authority <id>', description: 'The authority that vouches for the agents', required: true },
      {
        flags: '--agent <name=capabilities>',
        description: 'An agent, and its capabilities separated by commas; can be repeated',
        required: true,
        repeated: true,
      },
      { flags: '--constraints <list>', description: 'Constraint labels for all of them', repeated: true },
      { flags: '--expires-in <duration>', description: 'How long the token can be used', byDefault: '1h' },
    ],
    examples: [
      [
        'kaizen-eatp bridge token --authority org-acme-corp --agent analyst=analyze_data',
        'Prints a token for kaizen-eatp-bridge join.',
      ],
    ],
    run: async (session, given) => (await import('../commands/bridge.js')).token(session, given),
  },
];
