import type { OptionSpec } from './command-spec.js';

/** The options of every command. They can stand before or after the command's name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--store <store>',
    description:
      'The store: sqlite:FILE, postgres:URL, dir:FOLDER (FOLDER/trust.db, with keys in FOLDER/keys), or file:FILE that holds one of these',
    byDefault: '$KAIZEN_EATP_STORE, else dir:$EATP_STORE_DIR, else dir:~/.eatp',
  },
  { flags: '--store-dir <folder>', description: 'The same as --store dir:FOLDER' },
  {
    flags: '--schema <name>',
    description: 'The schema of a PostgreSQL store',
    byDefault: '$KAIZEN_EATP_SCHEMA, else eatp',
  },
  {
    flags: '--keys <folder>',
    description: 'The folder of the private keys',
    byDefault: '$KAIZEN_EATP_KEYS, else the folder keys next to the store, or ~/.eatp/keys for PostgreSQL',
  },
  {
    flags: '--passphrase-file <file>',
    description: 'A file of mode 600 with the passphrase of the keys',
    byDefault: '$KAIZEN_EATP_PASSPHRASE_FILE, else a prompt',
  },
  { flags: '--passphrase-fd <number>', description: 'A descriptor from which the passphrase is read' },
  { flags: '--json', description: 'Print { ok, result } or { ok, error } as JSON' },
  { flags: '--no-color', description: 'Print without colours; so does $NO_COLOR' },
  { flags: '--quiet', description: 'Report no progress on standard error' },
  { flags: '--verbose', description: 'Print the causes and the stack of an error' },
];
