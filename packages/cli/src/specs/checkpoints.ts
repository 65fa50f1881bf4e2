import type { CommandSpec } from '../spec/command-spec.js';

/** The commands about checkpoints, by which missing and changed records of a store are noticed. */
export const CHECKPOINTS: readonly CommandSpec[] = [
  {
    name: 'checkpoint create',
    summary: 'Make a signed checkpoint of the whole store, to keep elsewhere',
    description: [
      'A holder of the checkpoint, outside the store, can see later which records were cut off, removed, changed or put back. Exits with 1 if the store already differs from its earlier checkpoints.',
    ],
    options: [
      {
        flags: '--file <file>',
        description: 'A file that keeps all checkpoints, and grows with each',
        byDefault: 'the note is printed',
      },
      {
        flags: '--witness <url,key>',
        description: 'A witness that cosigns the checkpoint, by its address and key; can be repeated',
        repeated: true,
      },
      { flags: '--authority <id>', description: 'The authority that signs', byDefault: 'the recorder' },
      {
        flags: '--origin <name>',
        description: 'The name of the log, for the first checkpoint',
        byDefault: 'a new one',
      },
    ],
    examples: [
      [
        'kaizen-eatp checkpoint create --file /mnt/archive/checkpoints.jsonl',
        'Keeps a checkpoint in another place; cron can call it every hour.',
      ],
    ],
    run: async (session, given) => (await import('../commands/checkpoint.js')).create(session, given),
  },
  {
    name: 'checkpoint verify',
    summary: 'Compare the store with a checkpoint: is anything missing or changed since?',
    description: [
      'Exits with 0 only if the store has every record that the checkpoint names, and each difference has a signed reason.',
    ],
    arguments: [
      { name: 'file', description: 'The file of checkpoints, or one with a note; - is standard input' },
    ],
    options: [
      {
        flags: '--key <key>',
        description: 'The key of a witness or another signer, in the form name+hash+key; can be repeated',
        repeated: true,
      },
    ],
    run: async (session, given) => (await import('../commands/checkpoint.js')).verify(session, given),
  },
  {
    name: 'witness',
    summary: 'Cosign the checkpoints of logs, as long as each continues the one before',
    description: [
      'Runs on a machine apart from the store, until it is interrupted. Prints its address and key. It speaks C2SP tlog-witness.',
    ],
    options: [
      { flags: '--name <name>', description: 'The name of the witness in its cosignatures', required: true },
      {
        flags: '--log <key>',
        description: 'The key of a log that is cosigned, as checkpoint create prints it; can be repeated',
        required: true,
        repeated: true,
      },
      { flags: '--file <file>', description: 'The file that remembers the last checkpoints', required: true },
      {
        flags: '--key <key-id>',
        description: 'The key of the witness in the folder of keys',
        byDefault: 'witness- and the name; it is generated if there is none',
      },
      { flags: '--host <address>', description: 'The address to listen at', byDefault: '127.0.0.1' },
      { flags: '--port <number>', description: 'The port', byDefault: 'any that is free' },
    ],
    run: async (session, given) => (await import('../commands/checkpoint.js')).witness(session, given),
  },
];
