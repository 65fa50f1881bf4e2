import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, InvalidArgumentError, KeyError } from '../errors/index.js';
import { keyExists } from './key-errors.js';

const SUFFIX = '.key.pem';
/** Windows has no such modes: there, the folder's access list is the administrator's task. */
const HAS_MODES = process.platform !== 'win32';

/** A folder with one file for each key, which only this user can change and read. */
export class KeyFolder {
  constructor(
    /** The path of the folder. */
    readonly directory: string,
  ) {}

  /** The path of a key's file. @throws InvalidArgumentError for a key id that cannot be a file name. */
  pathOf(keyId: string): string {
    if (typeof keyId !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(keyId)) {
      throw new InvalidArgumentError('`keyId` must be usable as a file name', {
        expected: 'at most 128 letters, digits, dots, dashes and underscores, the first a letter or digit',
        received: describe(keyId),
        remedy: 'Choose another id for the key.',
      });
    }
    return join(this.directory, `${keyId}${SUFFIX}`);
  }

  /** The ids of all keys, in alphabetical order; none if the folder does not exist. */
  async list(): Promise<string[]> {
    if (!(await this.#isSafe())) return [];
    const names = (await readdir(this.directory)).filter((name) => name.endsWith(SUFFIX));
    return names.map((name) => name.slice(0, -SUFFIX.length)).sort();
  }

  /**
   * Reads a key's file; undefined if there is none.
   *
   * @throws KeyError `KEY_FILE_UNSAFE` if other users can read it, or write to the folder.
   */
  async read(keyId: string): Promise<string | undefined> {
    const path = this.pathOf(keyId);
    if (!(await this.#isSafe())) return undefined;
    // Where file names ignore case, 'Alice' would find the key of 'alice'.
    if (!(await readdir(this.directory)).includes(`${keyId}${SUFFIX}`)) return undefined;
    const file = await open(path, 'r').catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!file) return undefined;
    try {
      const { mode, uid } = await file.stat();
      if (HAS_MODES && ((mode & 0o077) !== 0 || isStrange(uid))) throw unsafeFile(path, mode, uid);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  /** Writes the file of a new key. @throws InvalidArgumentError if there is a key of this id. */
  async create(keyId: string, content: string): Promise<void> {
    await this.#write(keyId, content, async (aside, path) => {
      try {
        await link(aside, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw keyExists(keyId, `The folder ${this.directory}`);
      }
    });
  }

  /** Replaces the file of a key. */
  async replace(keyId: string, content: string): Promise<void> {
    await this.#write(keyId, content, rename);
  }

  /** Removes the file of a key. @returns whether there was one. */
  async remove(keyId: string): Promise<boolean> {
    const path = this.pathOf(keyId);
    if (!(await this.list()).includes(keyId)) return false;
    await rm(path, { force: true });
    await this.#sync();
    return true;
  }

  /**
   * The file is written under another name, synced, and then put in its place. So a crash leaves no file or a complete
   * one, and if two processes create the same key concurrently, one of them fails.
   */
  async #write(
    keyId: string,
    content: string,
    put: (aside: string, path: string) => Promise<void>,
  ): Promise<void> {
    const path = this.pathOf(keyId);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await this.#isSafe();
    const aside = `${path}.${randomBytes(6).toString('hex')}.new`;
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.chmod(0o600);
      await file.sync();
      await put(aside, path);
      await this.#sync();
    } finally {
      await file.close();
      await rm(aside, { force: true });
    }
  }

  /** A record that names a key must not outlive the name of the key's file. */
  async #sync(): Promise<void> {
    if (!HAS_MODES) return;
    const folder = await open(this.directory, 'r');
    await folder.sync().finally(() => folder.close());
  }

  /**
   * Checks that only this user and root can put other files in place of the keys.
   *
   * @returns false if the folder does not exist.
   * @throws KeyError `KEY_FILE_UNSAFE`.
   */
  async #isSafe(): Promise<boolean> {
    const folder = await realpath(this.directory).catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (folder === undefined) {
      // A link to a folder that does not exist would put the keys wherever its maker wants.
      if (await lstat(this.directory).catch(() => undefined))
        throw unsafeFolder(this.directory, 'a dangling link');
      return false;
    }
    if (!HAS_MODES) return true;
    for (let above = folder; ; above = dirname(above)) {
      const { mode, uid } = await stat(above);
      // In a folder such as /tmp, whose sticky bit is set, only the owner of a folder can rename or remove it.
      const isProtected = above !== folder && (mode & 0o1000) !== 0;
      if (((mode & 0o022) !== 0 && !isProtected) || isStrange(uid))
        throw unsafeFolder(above, `mode ${octal(mode)}, owner ${uid}`);
      if (above === dirname(above)) return true;
    }
  }
}

/** Whether a file belongs to a user other than this one and root. */
const isStrange = (uid: number): boolean => uid !== 0 && uid !== process.getuid?.();

const octal = (mode: number): string => (mode & 0o1777).toString(8);

function unsafeFile(path: string, mode: number, uid: number): KeyError {
  return new KeyError('KEY_FILE_UNSAFE', `Other users can read the key file ${path}`, {
    expected: 'mode 600, and this user as the owner',
    received: isStrange(uid) ? `owner ${uid}` : `mode ${octal(mode)}`,
    remedy: `Run: chmod 600 '${path}', and treat the key as compromised.`,
  });
}

function unsafeFolder(path: string, received: string): KeyError {
  return new KeyError('KEY_FILE_UNSAFE', `Other users can put other keys in the folder ${path}`, {
    expected:
      'folders that only this user and root can write to, from the root folder down to that of the keys',
    received,
    remedy: `Check the keys, then run: chmod go-w '${path}', or make this user the owner.`,
  });
}
