import type { CommandSpec, OptionSpec } from '../spec/command-spec.js';
import { DRY_RUN, SINCE, UNTIL, YES } from './common.js';

const TRAIL = {
  name: 'trail-id',
  description: 'The id of the run, or outside-runs',
  optional: true,
};

const FORMAT: OptionSpec = {
  flags: '--format <format>',
  description: "The form: text, JSON Lines, or the Python reference's CEF or OCSF events",
  choices: ['text', 'jsonl', 'cef', 'ocsf'],
  byDefault: 'text',
};

const FILTERS: readonly OptionSpec[] = [
  { flags: '--agent <id>', description: 'Only records of this agent' },
  { flags: '--action <action>', description: 'Only records of this action' },
  {
    flags: '--result <result>',
    description: 'Only records with this result',
    choices: ['success', 'failure', 'denied', 'partial'],
  },
  { flags: '--resource <resource>', description: 'Only records that concern this resource' },
  { flags: '--task <id>', description: 'Only records of this task' },
  SINCE,
  UNTIL,
];

const PINS: readonly OptionSpec[] = [
  {
    flags: '--authority <id=key>',
    description: 'An authority that you trust, and its public key; can be repeated',
    repeated: true,
  },
  {
    flags: '--authorities <file>',
    description: 'A JSON file of public keys by authority id',
    byDefault: 'the pinned authorities of the deployment',
  },
];

const RECEIPT_FILE = { name: 'file', description: 'The file with the receipt; - is standard input' };

/** The commands about trails, receipts, and moving records between stores. */
export const RECORDS: readonly CommandSpec[] = [
  {
    name: 'trail list',
    summary: 'List the trails: one for each run, and one for everything outside runs',
    options: [...FILTERS],
    run: async (session, given) => (await import('../commands/trail.js')).list(session, given),
  },
  {
    name: 'trail show',
    summary: 'Show the signed records of a trail, or those of all trails that match',
    description: ['Without a trail, shows the matching records of all trails, by trail and in order.'],
    arguments: [TRAIL],
    options: [
      ...FILTERS,
      { flags: '--after <sequence>', description: 'Only records after this place in the trail' },
      { flags: '--limit <count>', description: 'At most so many records' },
      FORMAT,
    ],
    examples: [
      ['kaizen-eatp trail show --action pay --result success', 'Shows every payment that was made.'],
      ['kaizen-eatp trail show 4f0c… --format ocsf', 'Prints the run for a SIEM.'],
    ],
    run: async (session, given) => (await import('../commands/trail.js')).show(session, given),
  },
  {
    name: 'trail verify',
    summary: 'Check that a trail is whole, in order and signed throughout',
    arguments: [TRAIL],
    description: [
      'Exits with 0 only if the trail is whole: signed from its first record to the end of the run. The trail of a run in progress is open, and a trail whose end was removed looks the same. The shared trail has no end. Without a trail and --all, it checks the shared trail alone, outside-runs.',
    ],
    options: [
      { flags: '--all', description: 'Check every trail of the store' },
      { flags: '--allow-open', description: 'Count a run in progress as whole' },
    ],
    run: async (session, given) => (await import('../commands/trail.js')).verify(session, given),
  },
  {
    name: 'trail follow',
    summary: 'Show the records of a trail, and wait for further ones',
    description: ['Ends when the run has ended, or when it is interrupted.'],
    arguments: [{ ...TRAIL, optional: true }],
    options: [
      {
        flags: '--after <sequence>',
        description: 'Only records after this place in the trail',
        byDefault: '0',
      },
      { flags: '--interval <duration>', description: 'How often the store is read', byDefault: '200ms' },
      FORMAT,
    ],
    run: async (session, given) => (await import('../commands/trail-follow.js')).follow(session, given),
  },
  {
    name: 'audit',
    summary: 'Show what an agent did, in all trails',
    arguments: [{ name: 'agent-id', description: 'The id of the agent' }],
    options: [
      { flags: '--limit <count>', description: 'At most so many records', byDefault: '50' },
      { flags: '--action <action>', description: 'Only records of this action' },
      SINCE,
    ],
    run: async (session, given) => (await import('../commands/audit.js')).audit(session, given),
  },
  {
    name: 'receipt export',
    summary: 'Write the receipt of a run, or the evidence of a period',
    description: [
      'A receipt is made from the store, at any time after the run has ended, whether it succeeded or failed. With --period, writes a folder for an auditor: the receipts of all runs that began in the period, the public keys, the viewer, and a page that explains how to verify them offline.',
    ],
    arguments: [{ name: 'run-id', description: 'The id of the run', optional: true }],
    options: [
      {
        flags: '--period <from..to>',
        description: 'The period, for instance 2026-01-01..2026-02-01, or 30d until now',
      },
      {
        flags: '--output <path>',
        description: 'The file, or the folder of a period',
        byDefault: 'standard output',
      },
    ],
    run: async (session, given) =>
      (await import('../commands/receipt-export.js')).exportReceipts(session, given),
  },
  {
    name: 'receipt verify',
    summary: 'Verify a receipt offline, against the authorities that you trust',
    description: [
      'Exits with 0 only if every record is as it was signed and the authorities are among those that you trust. Without a trusted authority a receipt can only be consistent in itself, and the command exits with 1.',
    ],
    arguments: [RECEIPT_FILE],
    options: PINS,
    run: async (session, given) => (await import('../commands/receipt.js')).verify(session, given),
  },
  {
    name: 'receipt show',
    summary: 'Show the steps of a run from its receipt: who did what, allowed by whom',
    arguments: [RECEIPT_FILE],
    options: PINS,
    run: async (session, given) => (await import('../commands/receipt.js')).show(session, given),
  },
  {
    name: 'receipt view',
    summary: 'Write a page that shows and verifies a receipt in a browser, without a network',
    description: [
      'The page is one file, with the receipt inside it. It trusts no key by itself: the reader compares the keys, or opens a file of keys in it.',
    ],
    arguments: [RECEIPT_FILE],
    options: [
      { flags: '--output <file>', description: 'The page to write', byDefault: 'a new temporary file' },
      { flags: '--open', description: 'Open the page in the browser' },
    ],
    run: async (session, given) => (await import('../commands/receipt-view.js')).view(session, given),
  },
  {
    name: 'export',
    summary: "Export the whole store, an agent's chain, or a folder for the Python reference",
    description: [
      "Without an agent, writes all records as JSON Lines, which import reads into any empty store. With an agent, prints its chain in the Python reference's form. With --to-eatp, writes a folder that the reference's command eatp can use; private keys are not exported.",
    ],
    arguments: [{ name: 'agent-id', description: 'The id of the agent', optional: true }],
    options: [
      {
        flags: '--output <file>',
        description: 'The file to write, with mode 600',
        byDefault: 'standard output',
      },
      { flags: '--task <id>', description: "Write the agent's delegations for this task into its chain" },
      { flags: '--to-eatp <folder>', description: 'The folder to write for the Python reference' },
    ],
    run: async (session, given) => (await import('../commands/export.js')).exportRecords(session, given),
  },
  {
    name: 'import',
    summary: 'Import an export into an empty store, or a folder of the Python reference',
    description: [
      "With a file, reads an export of any store into this one, which must be empty; private keys and pinned authorities are not part of it, so copy the folder of keys or name it with --keys. With --from-eatp, reads the authorities and chains of the reference's command eatp, checks every signature, and imports nothing if one is refused.",
    ],
    arguments: [
      { name: 'file', description: 'The file with the export; - is standard input', optional: true },
    ],
    options: [
      {
        flags: '--from-eatp <folder>',
        description: 'The folder of the Python reference, for instance ~/.eatp',
      },
      { flags: '--with-keys', description: 'Import its private keys, too' },
      { flags: '--skip-refused', description: 'Import what is sound, although other records are refused' },
      DRY_RUN,
      YES,
    ],
    run: async (session, given) => (await import('../commands/import.js')).importRecords(session, given),
  },
];
