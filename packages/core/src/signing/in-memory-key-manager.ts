import { expectId } from '../wire/index.js';
import { generateKeyPair } from './ed25519.js';
import { HeldKey, parseKeyManagerOptions } from './held-key.js';
import { keyExists, keyNotFound } from './key-errors.js';
import type { Ed25519Signer, KeyImportOptions, KeyManager, KeyManagerOptions } from './key-manager.js';
import { readPrivateKey } from './read-private-key.js';

/** Keeps keys in this process's memory only; they are gone when the process ends. */
export class InMemoryKeyManager implements KeyManager {
  readonly #keys = new Map<string, HeldKey>();
  readonly #signer: Ed25519Signer | undefined;

  /** @throws InvalidArgumentError for an unknown option. */
  constructor(options: KeyManagerOptions = {}) {
    this.#signer = parseKeyManagerOptions(options, 'InMemoryKeyManager').signer;
  }

  sign(text: string, keyId: string): string {
    return this.#held(keyId).sign(text);
  }

  mac(text: string, keyId: string): string {
    return this.#held(keyId).mac(text);
  }

  async generateKey(keyId: string): Promise<string> {
    if (this.#keys.has(keyId)) throw keyExists(keyId, 'The key manager');
    return this.importKey(keyId, generateKeyPair().privateKey);
  }

  /**
   * Imports an existing key. Importing the same key again under the same id changes nothing.
   *
   * @param privateKey - base64 of the 32-byte seed, or the key as PEM (PKCS#8).
   * @returns the public key.
   * @throws KeyError `BAD_KEY`, `KEY_PASSPHRASE_WRONG`; InvalidArgumentError for an invalid key id, or one that another
   * key has.
   */
  async importKey(keyId: string, privateKey: string, options: KeyImportOptions = {}): Promise<string> {
    expectId(keyId, 'keyId');
    const key = new HeldKey(readPrivateKey(privateKey, options), this.#signer);
    const existing = this.#keys.get(keyId);
    if (existing && existing.publicKey !== key.publicKey) throw keyExists(keyId, 'The key manager');
    this.#keys.set(keyId, key);
    return key.publicKey;
  }

  async publicKey(keyId: string): Promise<string | undefined> {
    return this.#keys.get(keyId)?.publicKey;
  }

  /** Removes a key; its signatures stay valid. @returns whether there was one. */
  removeKey(keyId: string): boolean {
    return this.#keys.delete(keyId);
  }

  #held(keyId: string): HeldKey {
    const held = this.#keys.get(keyId);
    if (!held) throw keyNotFound(keyId);
    return held;
  }
}
