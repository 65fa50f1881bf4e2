import type { CommandSpec } from '../spec/command-spec.js';
import { REASON, YES } from './common.js';

const ID = { name: 'authority-id', description: 'The id of the authority' };

/** The commands about private keys and authorities. */
export const AUTHORITIES: readonly CommandSpec[] = [
  {
    name: 'key gen',
    summary: 'Generate an Ed25519 key in the folder of keys',
    description: [
      'Prints the public half. The private half is encrypted with the passphrase and never leaves the folder.',
    ],
    arguments: [
      { name: 'key-id', description: 'The id of the new key: letters, digits, dots, dashes, underscores' },
    ],
    run: async (session, given) => (await import('../commands/key.js')).gen(session, given),
  },
  {
    name: 'key list',
    summary: 'List the private keys of the deployment, with the authorities that use them',
    run: async (session) => (await import('../commands/key.js')).list(session),
  },
  {
    name: 'key import',
    summary: 'Import a private key from a file, a descriptor or a prompt',
    description: [
      'The key is PEM (PKCS#8), encrypted or not, or base64 of the 32-byte Ed25519 seed. A JSON file with a key that the Python reference wrote is read, too.',
    ],
    arguments: [{ name: 'key-id', description: 'The id that the key gets' }],
    options: [
      { flags: '--file <file>', description: 'A file of mode 600 with the private key' },
      { flags: '--fd <number>', description: 'A descriptor from which the private key is read' },
      {
        flags: '--key-passphrase-file <file>',
        description: 'A file of mode 600 with the passphrase of an encrypted PEM',
      },
      {
        flags: '--key-passphrase-fd <number>',
        description: 'A descriptor from which that passphrase is read',
      },
    ],
    run: async (session, given) => (await import('../commands/key.js')).importKey(session, given),
  },
  {
    name: 'key rotate',
    summary: 'Give an authority a new key, and sign the chains of its agents again',
    description: [
      'Records under the old key stay valid until that key is revoked, and runs in progress go on. The new key is pinned in place of the old one.',
    ],
    arguments: [ID],
    options: [{ flags: '--key <key-id>', description: 'The id of the new key', byDefault: 'a new one' }],
    run: async (session, given) => (await import('../commands/key-change.js')).rotate(session, given),
  },
  {
    name: 'key revoke',
    summary: 'End the validity of a key that others may have had since some moment',
    description: [
      'Signatures of the key do not count any more, except those that can be shown to be older. Work that depends on it stops. A current key is replaced by a new one, which signs the chains of the agents of --keep: look at their chains first, since a thief can have signed them.',
    ],
    arguments: [ID],
    options: [
      {
        flags: '--since <time>',
        description: 'The first moment at which others may have had the key',
        required: true,
      },
      REASON,
      { flags: '--public-key <key>', description: 'The key that is revoked', byDefault: 'the current one' },
      {
        flags: '--keep <list>',
        description: 'The agents that go on under the new key, separated by commas',
        repeated: true,
      },
      YES,
    ],
    run: async (session, given) => (await import('../commands/key-change.js')).revoke(session, given),
  },
  {
    name: 'authority add',
    summary: 'Create an authority with a key, or register one that was made elsewhere',
    description: [
      'With --name, creates an authority and its key. With --file, registers the record of an authority; its public key is enough to verify. The authority is pinned: the deployment believes it, whatever a store says.',
    ],
    options: [
      { flags: '--name <name>', description: 'The name of a new authority' },
      {
        flags: '--file <file>',
        description: "The JSON record of an authority, in the Python reference's form",
      },
      { flags: '--id <id>', description: 'The id of a new authority', byDefault: 'made from the name' },
      {
        flags: '--type <type>',
        description: 'The kind of a new authority',
        choices: ['organization', 'system', 'human'],
        byDefault: 'organization',
      },
      { flags: '--key <key-id>', description: 'A key that exists already', byDefault: 'a new one' },
      { flags: '--parent <authority-id>', description: 'The authority that it belongs to; recorded only' },
      {
        flags: '--permissions <list>',
        description: 'Its permissions, separated by commas',
        byDefault: 'all',
        repeated: true,
      },
      {
        flags: '--recorder',
        description:
          "Let it sign the records that no agent's own authority can sign (the first authority does)",
      },
    ],
    run: async (session, given) => (await import('../commands/authority.js')).add(session, given),
  },
  {
    name: 'authority list',
    summary: 'List the authorities of the store',
    run: async (session) => (await import('../commands/authority.js')).list(session),
  },
  {
    name: 'authority show',
    summary: 'Show an authority: its key, permissions and state',
    arguments: [ID],
    run: async (session, given) => (await import('../commands/authority.js')).show(session, given),
  },
  {
    name: 'authority endorse',
    summary: 'Let every deployment that believes this one believe another authority, within limits',
    description: [
      "Signs the endorsement with the key of an authority of this deployment. Ask the owner of the other authority for its public key: a store's record proves nothing.",
    ],
    arguments: [ID],
    options: [
      {
        flags: '--public-key <key>',
        description: 'The public key of the endorsed authority, in base64',
        required: true,
      },
      {
        flags: '--namespaces <list>',
        description:
          'The ids of the agents that it can speak for, such as agent-branch-*, separated by commas',
        required: true,
        repeated: true,
      },
      {
        flags: '--permissions <list>',
        description: 'Its permissions, separated by commas',
        byDefault: 'create_agents,grant_capabilities',
        repeated: true,
      },
      {
        flags: '--expires <time>',
        description: 'The end of the endorsement, in ISO 8601',
        byDefault: 'never',
      },
      {
        flags: '--by <authority-id>',
        description: 'The authority that endorses it',
        byDefault: 'one whose key is here',
      },
    ],
    run: async (session, given) => (await import('../commands/authority.js')).endorse(session, given),
  },
  {
    name: 'authority activate',
    summary: 'Activate an authority that was deactivated',
    arguments: [ID],
    options: [YES],
    run: async (session, given) => (await import('../commands/authority.js')).activate(session, given),
  },
  {
    name: 'authority deactivate',
    summary: 'Deactivate an authority, so that it signs nothing more',
    arguments: [ID],
    options: [YES],
    run: async (session, given) => (await import('../commands/authority.js')).deactivate(session, given),
  },
  {
    name: 'approver establish',
    summary: 'Make a person an approver of actions',
    description: [
      "An authority signs the person's public key and the actions that the person can approve. To end it, revoke the approver as an agent.",
    ],
    arguments: [{ name: 'approver-id', description: 'The id of the person, such as person-carol' }],
    options: [
      { flags: '--authority <id>', description: 'The authority that vouches for the person', required: true },
      {
        flags: '--actions <list>',
        description: 'The actions that the person can approve, separated by commas',
        required: true,
        repeated: true,
      },
      {
        flags: '--public-key <key>',
        description: 'The public key of the person, in base64, who keeps the private key',
      },
      {
        flags: '--key <key-id>',
        description: 'A key in the folder of keys',
        byDefault: "the person's id; it is generated if there is none",
      },
    ],
    examples: [
      [
        'kaizen-eatp approver establish person-carol --authority org-acme-corp --actions pay',
        'Carol can approve payments.',
      ],
    ],
    run: async (session, given) => (await import('../commands/approver.js')).establish(session, given),
  },
];
