import type { KeyObject } from 'node:crypto';
import { InvalidArgumentError, KeyError } from '../errors/index.js';
import { expectId } from '../wire/index.js';
import { generateKeyPair, importPrivateKey, publicKeyOf, signText } from './ed25519.js';
import type { KeyManager } from './key-manager.js';

/** Keeps keys in this process's memory only; they are gone when the process ends. */
export class InMemoryKeyManager implements KeyManager {
  readonly #keys = new Map<string, { key: KeyObject; publicKey: string }>();

  sign(text: string, keyId: string): string {
    const held = this.#keys.get(keyId);
    if (!held) throw keyNotFound(keyId);
    return signText(text, held.key);
  }

  async generateKey(keyId: string): Promise<string> {
    if (this.#keys.has(keyId)) {
      throw new InvalidArgumentError(`The key manager already has a key '${keyId}'`, {
        received: `'${keyId}'`,
        remedy: 'Choose another id: generateKey() never replaces a key.',
      });
    }
    return this.importKey(keyId, generateKeyPair().privateKey);
  }

  /**
   * Imports an existing key.
   *
   * @param privateKey - base64 of the 32-byte seed.
   * @returns the public key.
   * @throws KeyError `BAD_KEY`, InvalidArgumentError for an invalid key id.
   */
  async importKey(keyId: string, privateKey: string): Promise<string> {
    expectId(keyId, 'keyId');
    const key = importPrivateKey(privateKey);
    const publicKey = publicKeyOf(key);
    this.#keys.set(keyId, { key, publicKey });
    return publicKey;
  }

  async publicKey(keyId: string): Promise<string | undefined> {
    return this.#keys.get(keyId)?.publicKey;
  }

  /** Removes a key; its signatures stay valid. @returns whether there was one. */
  removeKey(keyId: string): boolean {
    return this.#keys.delete(keyId);
  }
}

/** Returns the error for a private key that the key manager does not hold. */
export function keyNotFound(keyId: string): KeyError {
  return new KeyError('KEY_NOT_FOUND', `The key manager has no key '${keyId}'`, {
    remedy: 'Generate or import the key in the key manager that TrustOperations uses.',
    evidence: { keyId },
  });
}
