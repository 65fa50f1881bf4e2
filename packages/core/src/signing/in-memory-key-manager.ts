import type { KeyObject } from 'node:crypto';
import { KeyError } from '../errors/index.js';
import { generateKeyPair, importPrivateKey, publicKeyOf, signText } from './ed25519.js';
import type { KeyManager } from './key-manager.js';

/** Keys in this process's memory only; gone when it ends. */
export class InMemoryKeyManager implements KeyManager {
  readonly #keys = new Map<string, KeyObject>();

  sign(text: string, keyId: string): string {
    const key = this.#keys.get(keyId);
    if (!key) throw keyNotFound(keyId);
    return signText(text, key);
  }

  async generateKey(keyId: string): Promise<string> {
    return this.importKey(keyId, generateKeyPair().privateKey);
  }

  /**
   * Takes in an existing key.
   *
   * @param privateKey - base64 of the 32-byte seed.
   * @returns the public key.
   * @throws KeyError `BAD_KEY`.
   */
  async importKey(keyId: string, privateKey: string): Promise<string> {
    const key = importPrivateKey(privateKey);
    this.#keys.set(keyId, key);
    return publicKeyOf(key);
  }

  async publicKey(keyId: string): Promise<string | undefined> {
    const key = this.#keys.get(keyId);
    return key && publicKeyOf(key);
  }

  /** Forgets a key; what it signed stays valid. */
  removeKey(keyId: string): boolean {
    return this.#keys.delete(keyId);
  }
}

export function keyNotFound(keyId: string): KeyError {
  return new KeyError('KEY_NOT_FOUND', `There is no key '${keyId}'`, {
    remedy: 'Generate or import it in the key manager given to TrustOperations.',
    evidence: { keyId },
  });
}
