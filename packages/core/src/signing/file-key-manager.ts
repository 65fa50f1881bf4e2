import { createCipheriv, createDecipheriv, type KeyObject, randomBytes, scryptSync } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { describe, InvalidArgumentError, KeyError } from '../errors/index.js';
import { generateKeyPair, importPrivateKey, publicKeyOf, signText } from './ed25519.js';
import { keyNotFound } from './in-memory-key-manager.js';
import type { KeyManager } from './key-manager.js';

// 64 MiB and about 0.2 s for each guess, with the parameters that scrypt's authors recommend for files (r = 8, p = 1).
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 };

const keyFile = z.object({
  format: z.literal('kaizen-eatp-key/1'),
  key_id: z.string(),
  public_key: z.string(),
  kdf: z.object({
    name: z.literal('scrypt'),
    salt: z.string(),
    N: z
      .number()
      .int()
      .max(2 ** 18),
    r: z.literal(8),
    p: z.literal(1),
  }),
  cipher: z.literal('aes-256-gcm'),
  nonce: z.string(),
  ciphertext: z.string(),
  tag: z.string(),
});

/**
 * Keys in a folder, one file each: mode 600, encrypted with a passphrase (scrypt, AES-256-GCM; the key id and the
 * public key are bound as associated data). A file that others can read is refused.
 */
export class FileKeyManager implements KeyManager {
  readonly #loaded = new Map<string, KeyObject>();

  /**
   * @param directory - made with mode 700 if it does not exist.
   * @param passphrase - at least 8 characters.
   */
  constructor(
    private readonly directory: string,
    private readonly passphrase: string,
  ) {
    if (typeof directory !== 'string' || directory.length === 0) {
      throw new InvalidArgumentError('`directory` is not a path', {
        expected: 'the path of a folder for keys',
        received: describe(directory),
        remedy: 'Pass a string, for instance the path of a folder that only this user can read.',
      });
    }
    if (typeof passphrase !== 'string' || passphrase.length < 8) {
      throw new InvalidArgumentError('`passphrase` must be a string of at least 8 characters', {
        received:
          typeof passphrase === 'string'
            ? `a string of ${passphrase.length} characters`
            : describe(passphrase),
        remedy: 'Choose a longer passphrase.',
      });
    }
  }

  async sign(text: string, keyId: string): Promise<string> {
    return signText(text, await this.load(keyId));
  }

  async generateKey(keyId: string): Promise<string> {
    return this.importKey(keyId, generateKeyPair().privateKey);
  }

  /**
   * Imports an existing key and writes its file.
   *
   * @param privateKey - base64 of the 32-byte seed.
   * @throws KeyError `BAD_KEY`; InvalidArgumentError for a key id that cannot be a file name, or that exists already.
   */
  async importKey(keyId: string, privateKey: string): Promise<string> {
    this.pathOf(keyId);
    const key = importPrivateKey(privateKey);
    const publicKey = publicKeyOf(key);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await this.write(keyId, this.encrypt(keyId, publicKey, privateKey));
    this.#loaded.set(keyId, key);
    return publicKey;
  }

  async publicKey(keyId: string): Promise<string | undefined> {
    try {
      return publicKeyOf(await this.load(keyId));
    } catch (error) {
      if (error instanceof KeyError && error.code === 'KEY_NOT_FOUND') return undefined;
      throw error;
    }
  }

  private async write(keyId: string, content: string): Promise<void> {
    const path = this.pathOf(keyId);
    // The file is written under another name, synced and linked to its own name: a crash leaves no key or a complete
    // one, and if two processes create the same key at the same time, one of them fails.
    const aside = `${path}.${randomBytes(6).toString('hex')}.new`;
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
      await chmod(aside, 0o600);
      await link(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new InvalidArgumentError(`The folder already has a key '${keyId}'`, {
        received: `the file ${path}`,
        remedy: 'Choose another id: a key file is never overwritten.',
      });
    } finally {
      await file.close();
      await rm(aside, { force: true });
    }
  }

  private async load(keyId: string): Promise<KeyObject> {
    const known = this.#loaded.get(keyId);
    if (known) return known;
    const path = this.pathOf(keyId);
    const info = await stat(path).catch(() => undefined);
    if (!info) throw keyNotFound(keyId);
    if ((info.mode & 0o077) !== 0) {
      throw new KeyError('KEY_FILE_UNSAFE', `Other users can read the key file ${path}`, {
        expected: 'mode 600',
        received: `mode ${(info.mode & 0o777).toString(8)}`,
        remedy: `Run: chmod 600 '${path}', and treat the key as compromised.`,
      });
    }
    const key = importPrivateKey(this.decrypt(keyId, await readFile(path, 'utf8')));
    this.#loaded.set(keyId, key);
    return key;
  }

  private pathOf(keyId: string): string {
    if (typeof keyId !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(keyId)) {
      throw new InvalidArgumentError('`keyId` must be usable as a file name', {
        expected: 'at most 128 letters, digits, dots, dashes and underscores, the first a letter or digit',
        received: describe(keyId),
        remedy: 'Choose another id for the key.',
      });
    }
    return join(this.directory, `${keyId}.key.json`);
  }

  private encrypt(keyId: string, publicKey: string, privateKey: string): string {
    const salt = randomBytes(16);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', scryptSync(this.passphrase, salt, 32, SCRYPT), nonce);
    cipher.setAAD(Buffer.from(`${keyId}\n${publicKey}`));
    const ciphertext = Buffer.concat([cipher.update(privateKey, 'utf8'), cipher.final()]);
    const { N, r, p } = SCRYPT;
    const content: z.infer<typeof keyFile> = {
      format: 'kaizen-eatp-key/1',
      key_id: keyId,
      public_key: publicKey,
      kdf: { name: 'scrypt', salt: salt.toString('base64'), N, r: r as 8, p: p as 1 },
      cipher: 'aes-256-gcm',
      nonce: nonce.toString('base64'),
      ciphertext: ciphertext.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
    };
    return `${JSON.stringify(content, null, 2)}\n`;
  }

  private decrypt(keyId: string, content: string): string {
    const file = readKeyFile(keyId, content);
    const { N, r, p, salt } = file.kdf;
    try {
      const secret = scryptSync(this.passphrase, Buffer.from(salt, 'base64'), 32, {
        N,
        r,
        p,
        maxmem: 2 ** 29,
      });
      const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(file.nonce, 'base64'));
      decipher.setAAD(Buffer.from(`${keyId}\n${file.public_key}`));
      decipher.setAuthTag(Buffer.from(file.tag, 'base64'));
      return Buffer.concat([
        decipher.update(Buffer.from(file.ciphertext, 'base64')),
        decipher.final(),
      ]).toString('utf8');
    } catch (cause) {
      throw new KeyError('KEY_PASSPHRASE_WRONG', `The key '${keyId}' cannot be decrypted`, {
        expected: 'the passphrase that it was encrypted with, and an unchanged file',
        remedy: 'Correct the passphrase. If it is right, the file was changed: restore it from a backup.',
        cause,
      });
    }
  }
}

function readKeyFile(keyId: string, content: string): z.infer<typeof keyFile> {
  try {
    return keyFile.parse(JSON.parse(content));
  } catch (cause) {
    throw new KeyError('BAD_KEY', `The file of key '${keyId}' is not a valid key file`, {
      expected: 'a file of the format kaizen-eatp-key/1',
      remedy: 'Restore the file from a backup, or generate a new key under another id.',
      cause,
    });
  }
}
