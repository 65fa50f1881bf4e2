import type { CommandSpec } from '../spec/command-spec.js';

/** The commands that serve until they are interrupted, and those that talk to them. */
export const SERVICES: readonly CommandSpec[] = [
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
