import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateKeyPair } from '@kaizen-eatp/core';
import { BridgeError } from '../errors.js';

/** Where a bridge keeps its key by default. */
export const defaultKeyFile = (): string => join(homedir(), '.eatp', 'bridge.key');

/** Windows has no such modes: there, the folder's access list is the administrator's task. */
const HAS_MODES = process.platform !== 'win32';

/**
 * Reads the key of a bridge from its file, which it makes if there is none. If several bridges
 * start at the same time with the same file, one makes the key and all use it.
 *
 * @returns base64 of the seed.
 * @throws BridgeError `BRIDGE_KEY_UNUSABLE` for a file that other users can read, or that cannot be read or made.
 */
export async function loadBridgeKey(path: string): Promise<string> {
  try {
    return (await readKey(path)) ?? (await makeKey(path));
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw unusable(path, `it can be neither read nor made: ${(error as Error).message}`, error);
  }
}

async function readKey(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { mode, uid } = await file.stat();
    const isOthers = process.getuid !== undefined && uid !== process.getuid() && uid !== 0;
    if (HAS_MODES && ((mode & 0o077) !== 0 || isOthers))
      throw unusable(path, `other users can read or own it (mode ${(mode & 0o777).toString(8)})`);
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}

/** Writes the key to another file and links it, so that no process reads half a key and an existing key is never replaced. */
async function makeKey(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    const { privateKey } = generateKeyPair();
    await file.writeFile(`${privateKey}\n`);
    await file.sync();
    await link(aside, path);
    return privateKey;
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(path) : undefined;
    if (other === undefined) throw error;
    return other;
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
}

const unusable = (path: string, why: string, cause?: unknown): BridgeError =>
  new BridgeError('BRIDGE_KEY_UNUSABLE', `The bridge cannot use the key file ${path}`, {
    expected: 'a file that only this user can read, with the base64 of a 32-byte seed',
    received: why,
    remedy: `Run chmod 600 on it, name another file as \`keyFile\`, or pass \`privateKey\`.`,
    evidence: { path },
    ...(cause !== undefined && { cause }),
  });
