import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CliError, usage } from '../errors.js';
import { expectPrivate } from './secrets.js';

/** Where a store is, and where the keys that belong to it are. */
export type StoreSpec = {
  /** The folder of the private keys and of the pinned authorities. */
  readonly keys: string;
} & (
  | {
      /** The kind of the store. */
      readonly kind: 'sqlite';
      /** The path of the database file. */
      readonly path: string;
    }
  | {
      /** The kind of the store. */
      readonly kind: 'postgres';
      /** The connection string. */
      readonly url: string;
      /** The schema that holds the tables. */
      readonly schema: string;
    }
);

/** The options that name a store. */
export interface StoreChoice {
  /** `--store`. */
  readonly store: string | undefined;
  /** `--store-dir`, the option of the Python reference. */
  readonly storeDir: string | undefined;
  /** `--schema`. */
  readonly schema: string | undefined;
  /** `--keys`. */
  readonly keys: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the store that a command works on. @throws CliError `COMMAND_USAGE`, `SECRET_EXPOSED`, `FILE_NOT_FOUND`. */
export function storeSpecOf(given: StoreChoice, env: Environment): StoreSpec {
  if (given.store !== undefined && given.storeDir !== undefined)
    throw usage('A command works on one store', { received: '--store and --store-dir', remedy: 'Omit one.' });
  if (given.store !== undefined) expectNoPassword(given.store);
  const text =
    given.store ??
    (given.storeDir === undefined ? undefined : `dir:${given.storeDir}`) ??
    env.KAIZEN_EATP_STORE ??
    `dir:${env.EATP_STORE_DIR ?? join(env.HOME ?? homedir(), '.eatp')}`;
  const keys = given.keys ?? env.KAIZEN_EATP_KEYS;
  const spec = parse(text, given.schema, env);
  if (given.schema !== undefined && spec.kind !== 'postgres')
    throw usage('`--schema` names a schema of PostgreSQL', {
      received: `--store ${text}`,
      remedy: 'Omit it.',
    });
  return keys === undefined ? spec : { ...spec, keys: resolve(keys) };
}

function parse(text: string, schema: string | undefined, env: Environment): StoreSpec {
  const [, kind = '', rest = ''] = /^(sqlite|dir|postgres(?:ql)?|file):(.+)$/s.exec(text) ?? [];
  switch (kind) {
    case 'file':
      return parse(readSpec(rest), schema, env);
    case 'dir':
      return { kind: 'sqlite', path: resolve(rest, 'trust.db'), keys: resolve(rest, 'keys') };
    case 'sqlite':
      return { kind: 'sqlite', path: resolve(rest), keys: join(dirname(resolve(rest)), 'keys') };
    case 'postgres':
    case 'postgresql': {
      const url = /^postgres(ql)?:\/\//.test(rest) ? rest : `postgres:${rest}`;
      const keys = join(env.EATP_STORE_DIR ?? join(env.HOME ?? homedir(), '.eatp'), 'keys');
      return {
        kind: 'postgres',
        url,
        schema: schema ?? env.KAIZEN_EATP_SCHEMA ?? 'eatp',
        keys: resolve(keys),
      };
    }
    default:
      throw usage('`--store` does not name a store', {
        expected: 'sqlite:FILE, postgres:URL, dir:FOLDER, or file:FILE, where FILE holds one of the others',
        // The rest can be a password.
        received: /^[\w.+-]+:/.test(text) ? `'${text.split(':')[0]}:…'` : 'a text without one of these words',
      });
  }
}

/** Arguments can be read by every user of the machine, for instance with `ps`. */
function expectNoPassword(store: string): void {
  if (!hasPassword(store)) return;
  throw new CliError('SECRET_EXPOSED', '`--store` contains a password, which other users can read', {
    expected: 'a URL without a password',
    remedy:
      'Put the URL into a file of mode 600 and pass --store file:FILE, or use $PGPASSFILE; then change the password.',
  });
}

/** A password can stand before the host or among the parameters, and need not be written as a URL has it. */
const hasPassword = (store: string): boolean =>
  /:\/\/[^@?]*:[^@?]+@/.test(store) || /(^|[:?&\s])(ssl)?password\s*=/i.test(store);

/** The whole specification, with a password perhaps, in a file that other users then cannot see. */
function readSpec(path: string): string {
  const text = readIn(path).trim();
  if (hasPassword(text)) expectPrivate(path, statSync(path), 'password of the store');
  if (!text.startsWith('file:')) return text;
  throw usage(`The file ${path} of --store does not name a store itself`, {
    expected: 'sqlite:FILE, postgres:URL or dir:FOLDER',
    received: 'the name of another file',
  });
}

function readIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError('FILE_NOT_FOUND', `The file ${path} of --store cannot be read`, {
      remedy: 'Correct the path.',
      cause,
    });
  }
}
