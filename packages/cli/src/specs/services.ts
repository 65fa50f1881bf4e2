import type { CommandSpec } from '../spec/command-spec.js';

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
      {
        flags: '--agent <name=command>',
        description:
          'An agent and its program, as the shell reads it; can be repeated, in the order of the pattern',
        required: true,
        repeated: true,
      },
      { flags: '--pattern <name>', description: 'The pattern', byDefault: 'sequential' },
      { flags: '--task <id>', description: 'The task that the run belongs to', byDefault: 'a new one' },
      { flags: '--run <id>', description: 'The id of the run and of its trail', byDefault: 'a new one' },
      { flags: '--timeout <duration>', description: 'The time limit of the run' },
      { flags: '--receipt <file>', description: 'The file to write the receipt into' },
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
