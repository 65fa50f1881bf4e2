import type { CommandSpec, OptionSpec } from '../spec/command-spec.js';
import { DRY_RUN, REASON, YES } from './common.js';

const AGENT = {
  name: 'agent-id',
  description: 'The id of the agent; a TypeScript agent named clerk is agent-clerk',
};

const CASCADE: readonly OptionSpec[] = [
  {
    flags: '--cascade',
    description: 'End the lasting delegations that depend on it, too (this is the default)',
  },
  { flags: '--no-cascade', description: 'Leave the lasting delegations that depend on it' },
];

/** The commands about agents, their rights and what they delegate. */
export const AGENTS: readonly CommandSpec[] = [
  {
    name: 'agent establish',
    aliases: ['establish'],
    summary: 'Create the signed chain of an agent: who authorises it, and what it is allowed to do',
    arguments: [AGENT],
    options: [
      { flags: '--authority <id>', description: 'The authority that vouches for the agent', required: true },
      {
        flags: '--capabilities <list>',
        description: 'The capabilities, separated by commas, such as read_data,write_*',
        byDefault: 'access',
        repeated: true,
      },
      {
        flags: '--constraints <list>',
        description: 'Constraint labels for all capabilities, such as read_only',
        repeated: true,
      },
      {
        flags: '--expires <time>',
        description: 'The end of the chain: ISO 8601, or a time from now such as 90d',
        byDefault: 'never',
      },
      {
        flags: '--no-protocol-capabilities',
        description: 'Leave out orchestration_participation and execute, which orchestrations need',
      },
    ],
    examples: [
      [
        'kaizen-eatp agent establish agent-clerk --authority org-acme-corp --capabilities report,pay',
        'The agent can report and pay, and can take part in orchestrations.',
      ],
    ],
    run: async (session, given) => (await import('../commands/agent.js')).establish(session, given),
  },
  {
    name: 'agent list',
    summary: 'List the agents with their authorities and capabilities',
    options: [{ flags: '--all', description: 'List the revoked agents, too' }],
    run: async (session, given) => (await import('../commands/agent.js')).list(session, given),
  },
  {
    name: 'agent show',
    summary: 'Show what an agent is allowed to do, and by whom',
    arguments: [AGENT],
    options: [
      {
        flags: '--tree',
        description: 'Show the chain as a tree: authority, capabilities, delegations, offers',
      },
    ],
    run: async (session, given) => (await import('../commands/agent.js')).show(session, given),
  },
  {
    name: 'agent reinstate',
    summary: 'Let a revoked agent be established again',
    description: ['Its old chain and delegations stay ended. The reinstatement is signed and recorded.'],
    arguments: [AGENT],
    options: [REASON, YES],
    run: async (session, given) => (await import('../commands/reinstate.js')).reinstate(session, given),
  },
  {
    name: 'status',
    summary: 'List the agents, or show one',
    description: ["The Python reference's name for agent list and agent show."],
    arguments: [{ ...AGENT, optional: true }],
    run: async (session, given) => (await import('../commands/agent.js')).status(session, given),
  },
  {
    name: 'verify',
    summary: 'Answer whether an agent is allowed to do something now',
    description: [
      'Exits with 0 if it is, and with 1 if it is not. --level quick checks revocation and expiry only; standard also signatures, capabilities, constraints and the delegation; full repeats the signature checks.',
    ],
    arguments: [AGENT],
    options: [
      { flags: '--action <action>', description: 'The action', required: true },
      {
        flags: '--level <level>',
        description: 'How much is checked',
        choices: ['quick', 'standard', 'full'],
        byDefault: 'standard',
      },
      { flags: '--resource <resource>', description: 'The resource that the action concerns' },
      {
        flags: '--delegation <id>',
        description: "Judge it under this delegation, not by the agent's own right",
      },
      { flags: '--explain', description: 'Show the right that permits it, or every reason against it' },
    ],
    examples: [
      ['kaizen-eatp verify agent-clerk --action pay --explain', 'Says whether the clerk can pay, and why.'],
    ],
    run: async (session, given) => (await import('../commands/verify.js')).verify(session, given),
  },
  {
    name: 'verify-chain',
    summary: 'Check every signature in the chain of an agent',
    arguments: [AGENT],
    run: async (session, given) => (await import('../commands/verify.js')).verifyChain(session, given),
  },
  {
    name: 'delegate',
    summary: 'Delegate capabilities of one agent to another',
    description: [
      'With --task, the delegation holds for this task only. Without, it is an offer, which gives nothing until the delegatee accepts it: kaizen-eatp offer accept. Accepted, it is written into the chain of the delegatee and holds for every task. A delegatee without a chain gets one that is derived from the delegation.',
    ],
    options: [
      { flags: '--from <agent>', description: 'The agent that delegates', required: true },
      { flags: '--to <agent>', description: 'The agent that receives', required: true },
      {
        flags: '--capabilities <list>',
        description: 'The capabilities, separated by commas',
        required: true,
        repeated: true,
      },
      {
        flags: '--constraints <list>',
        description: 'Further constraint labels, separated by commas',
        repeated: true,
      },
      {
        flags: '--task <id>',
        description: 'The task that the delegation is for',
        byDefault: 'the offer of a lasting delegation',
      },
      {
        flags: '--expires <time>',
        description: 'The end of the delegation, in ISO 8601',
        byDefault: "that of the delegator's trust",
      },
      {
        flags: '--parent <delegation-id>',
        description: 'The delegation that the delegator acts under',
        byDefault: 'its own right',
      },
      { flags: '--reasoning-decision <text>', description: 'What was decided' },
      { flags: '--reasoning-rationale <text>', description: 'Why it was decided' },
      {
        flags: '--reasoning-confidentiality <class>',
        description: 'The readers that the reasoning is meant for',
        choices: ['public', 'restricted', 'confidential', 'secret', 'top_secret'],
        byDefault: 'restricted',
      },
    ],
    run: async (session, given) => (await import('../commands/delegate.js')).delegate(session, given),
  },
  {
    name: 'revoke agent',
    summary: 'Revoke an agent, and stop its running work',
    arguments: [AGENT],
    options: [REASON, ...CASCADE, DRY_RUN, YES],
    run: async (session, given) => (await import('../commands/revoke.js')).agent(session, given),
  },
  {
    name: 'revoke delegation',
    aliases: ['revoke'],
    summary: 'Revoke a delegation and all that was delegated under it',
    arguments: [{ name: 'delegation-id', description: 'The id of the delegation' }],
    options: [REASON, ...CASCADE, DRY_RUN, YES],
    run: async (session, given) => (await import('../commands/revoke.js')).delegation(session, given),
  },
  {
    name: 'revoke human',
    summary: 'Revoke everything that was delegated on behalf of a person',
    arguments: [
      { name: 'human-id', description: 'The id of the person in the system that authenticates people' },
    ],
    options: [REASON, ...CASCADE, DRY_RUN, YES],
    run: async (session, given) => (await import('../commands/revoke.js')).human(session, given),
  },
  {
    name: 'erase human',
    summary: 'Remove the data of a person, and keep every signature valid',
    description: [
      'Revocations of the person stay. To prevent new work for the person, revoke the person first.',
      'Receipts, exports and backups that were made before are not reached.',
    ],
    arguments: [
      { name: 'human-id', description: 'The id of the person in the system that authenticates people' },
    ],
    options: [
      {
        flags: '--compact',
        description: 'Remove the bytes of deleted rows from the files of the store, too',
      },
      YES,
    ],
    run: async (session, given) => (await import('../commands/erase.js')).human(session, given),
  },
];
