import * as z from 'zod';
import { describe, InvalidArgumentError, KeyError } from '../errors/index.js';
import { parseOptions, textField } from '../wire/index.js';
import { generateKeyPair, seedOf } from './ed25519.js';
import { encryptPem, openPem, publicKeyInPem } from './encrypted-pem.js';
import { HeldKey, parseKeyManagerOptions } from './held-key.js';
import { keyExists, keyNotFound } from './key-errors.js';
import { KeyFolder } from './key-folder.js';
import type { Ed25519Signer, KeyImportOptions, KeyManager, KeyManagerOptions } from './key-manager.js';
import { readPrivateKey } from './read-private-key.js';

/** A key as a list of keys shows it. */
export interface KeyListEntry {
  /** The id of the key. */
  readonly keyId: string;
  /** The public key in the file, base64 of 32 bytes; undefined if the file has none in clear, or is damaged. */
  readonly publicKey: string | undefined;
}

/** The form of an exported key: set exactly one field. */
export interface KeyExportOptions {
  /** Encrypts the exported PEM with this passphrase of at least 8 characters. */
  readonly passphrase?: string;
  /** Exports without encryption: as PEM (PKCS#8), or as base64 of the seed, which the Python reference takes. */
  readonly unencrypted?: 'pem' | 'seed';
}

const exportOptions = z
  .strictObject({ passphrase: textField.optional(), unencrypted: z.enum(['pem', 'seed']).optional() })
  .refine(({ passphrase, unencrypted }) => (passphrase === undefined) !== (unencrypted === undefined), {
    path: ['passphrase'],
    message: 'exactly one of `passphrase` and `unencrypted`',
  });

/** How many keys are tried before a passphrase counts as wrong: one of them can be damaged. */
const MAX_TRIED = 3;

/**
 * Keys in a folder, one file each: PEM in PKCS#8 form, encrypted with a passphrase (scrypt, AES-256-CBC), which OpenSSL and
 * Python's `cryptography` open too. A file that others can read is refused, and a folder that others can write to.
 *
 * A key is decrypted when it is first used and then stays in memory.
 */
export class FileKeyManager implements KeyManager {
  readonly #loaded = new Map<string, HeldKey>();
  readonly #folder: KeyFolder;
  readonly #signer: Ed25519Signer | undefined;
  #passphrase: string;

  /**
   * @param directory - created with mode 700 if it does not exist.
   * @param passphrase - at least 8 characters.
   * @throws InvalidArgumentError.
   */
  constructor(directory: string, passphrase: string, options: KeyManagerOptions = {}) {
    this.#folder = new KeyFolder(expectDirectory(directory));
    this.#passphrase = expectPassphrase(passphrase);
    this.#signer = parseKeyManagerOptions(options, 'FileKeyManager').signer;
  }

  /**
   * Lists the keys of a folder, by id. It needs no passphrase, and decrypts nothing.
   *
   * @throws KeyError `KEY_FILE_UNSAFE`.
   */
  static async listKeys(directory: string): Promise<KeyListEntry[]> {
    const folder = new KeyFolder(expectDirectory(directory));
    const entries: KeyListEntry[] = [];
    for (const keyId of await folder.list()) {
      const text = (await folder.read(keyId)) ?? '';
      entries.push({ keyId, publicKey: publicKeyIfReadable(text) });
    }
    return entries;
  }

  /** @throws KeyError `KEY_NOT_FOUND`, `KEY_PASSPHRASE_WRONG`, `KEY_FILE_UNSAFE`, `BAD_KEY`. */
  sign(text: string, keyId: string): string | Promise<string> {
    const held = this.#loaded.get(keyId);
    return held ? held.sign(text) : this.#load(keyId).then((key) => key.sign(text));
  }

  /** @throws as {@link sign}. */
  mac(text: string, keyId: string): string | Promise<string> {
    const held = this.#loaded.get(keyId);
    return held ? held.mac(text) : this.#load(keyId).then((key) => key.mac(text));
  }

  /** @throws InvalidArgumentError, KeyError `KEY_FILE_UNSAFE`, `KEY_PASSPHRASE_WRONG` if other keys have another one. */
  async generateKey(keyId: string): Promise<string> {
    return this.importKey(keyId, generateKeyPair().privateKey);
  }

  /**
   * Imports an existing key and writes its file.
   *
   * @param privateKey - base64 of the 32-byte seed, or the key as PEM (PKCS#8), encrypted or not.
   * @returns the public key.
   * @throws KeyError `BAD_KEY`, `KEY_PASSPHRASE_WRONG` (for the key, or if the other keys of the folder have another
   * passphrase), `KEY_FILE_UNSAFE`; InvalidArgumentError for a key id that cannot be a file name, or that exists already.
   */
  async importKey(keyId: string, privateKey: string, options: KeyImportOptions = {}): Promise<string> {
    this.#folder.pathOf(keyId);
    const key = new HeldKey(readPrivateKey(privateKey, options), this.#signer);
    const ids = await this.#folder.list();
    if (ids.includes(keyId)) throw keyExists(keyId, `The folder ${this.#folder.directory}`);
    await this.#expectSamePassphrase(ids);
    await this.#folder.create(keyId, await encryptPem(key.privateKey, this.#passphrase));
    this.#loaded.set(keyId, key);
    return key.publicKey;
  }

  /**
   * Exports a key, for a backup or for another program.
   *
   * @throws KeyError as {@link sign}; InvalidArgumentError.
   */
  async exportKey(keyId: string, options: KeyExportOptions): Promise<string> {
    const { passphrase, unencrypted } = parseOptions(exportOptions, options, 'exportKey()');
    if (passphrase !== undefined) expectPassphrase(passphrase);
    const { privateKey } = await this.#load(keyId);
    if (passphrase !== undefined) return encryptPem(privateKey, passphrase);
    if (unencrypted === 'seed') return seedOf(privateKey).toString('base64');
    return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  }

  /** @throws KeyError `KEY_PASSPHRASE_WRONG`, `KEY_FILE_UNSAFE`, `BAD_KEY`. */
  async publicKey(keyId: string): Promise<string | undefined> {
    try {
      return (await this.#load(keyId)).publicKey;
    } catch (error) {
      if (error instanceof KeyError && error.code === 'KEY_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Deletes the file of a key; its signatures stay valid. @returns whether there was one. */
  async removeKey(keyId: string): Promise<boolean> {
    const removed = await this.#folder.remove(keyId);
    this.#loaded.delete(keyId);
    return removed;
  }

  /**
   * Encrypts all keys of the folder with another passphrase. Nothing is changed unless every key opens with the old or the
   * new passphrase, so that a call that was interrupted can be repeated.
   *
   * @returns the ids of the keys that were encrypted again.
   * @throws KeyError `KEY_PASSPHRASE_WRONG`, `KEY_FILE_UNSAFE`, `BAD_KEY`; InvalidArgumentError.
   */
  async changePassphrase(passphrase: string): Promise<string[]> {
    expectPassphrase(passphrase);
    const changed = new Map<string, string>();
    for (const keyId of await this.#folder.list()) {
      const text = (await this.#folder.read(keyId)) ?? '';
      if (!opensWith(text, passphrase))
        changed.set(keyId, await encryptPem(this.#open(keyId, text), passphrase));
    }
    for (const [keyId, text] of changed) await this.#folder.replace(keyId, text);
    this.#passphrase = passphrase;
    return [...changed.keys()];
  }

  /** With a mistyped passphrase, a new key could not be opened with the right one. */
  async #expectSamePassphrase(ids: readonly string[]): Promise<void> {
    if (this.#loaded.size > 0 || ids.length === 0) return;
    for (const keyId of ids.slice(0, MAX_TRIED)) {
      const text = await this.#folder.read(keyId);
      if (text === undefined || opensWith(text, this.#passphrase)) return;
    }
    throw new KeyError(
      'KEY_PASSPHRASE_WRONG',
      `The folder ${this.#folder.directory} has another passphrase`,
      {
        expected: 'the passphrase of the keys that are there',
        remedy: 'Correct the passphrase, or use another folder.',
      },
    );
  }

  async #load(keyId: string): Promise<HeldKey> {
    const known = this.#loaded.get(keyId);
    if (known) return known;
    const text = await this.#folder.read(keyId);
    if (text === undefined) throw keyNotFound(keyId);
    const key = new HeldKey(this.#open(keyId, text), this.#signer);
    this.#loaded.set(keyId, key);
    return key;
  }

  #open(keyId: string, text: string) {
    try {
      return openPem(text, this.#passphrase);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      const { code, expected, received, remedy } = error;
      throw new KeyError(code as 'BAD_KEY', `The file of key '${keyId}' cannot be opened`, {
        ...(expected !== undefined && { expected }),
        ...(received !== undefined && { received }),
        remedy,
        evidence: { keyId },
        cause: error,
      });
    }
  }
}

function opensWith(text: string, passphrase: string): boolean {
  try {
    openPem(text, passphrase);
    return true;
  } catch {
    return false;
  }
}

function publicKeyIfReadable(text: string): string | undefined {
  try {
    return publicKeyInPem(text);
  } catch {
    return undefined;
  }
}

function expectDirectory(directory: string): string {
  if (typeof directory === 'string' && directory.length > 0) return directory;
  throw new InvalidArgumentError('`directory` is not a path', {
    expected: 'the path of a folder for keys',
    received: describe(directory),
    remedy: 'Pass a string, for instance the path of a folder that only this user can read.',
  });
}

function expectPassphrase(passphrase: string): string {
  if (typeof passphrase === 'string' && passphrase.length >= 8) return passphrase;
  throw new InvalidArgumentError('`passphrase` must be a string of at least 8 characters', {
    received:
      typeof passphrase === 'string' ? `a string of ${passphrase.length} characters` : describe(passphrase),
    remedy: 'Choose a longer passphrase.',
  });
}
