import { keyNotFound } from './key-errors.js';
import type { KeyManager } from './key-manager.js';

/** A key manager without keys, for code that only verifies. */
export const noKeys: KeyManager = Object.freeze({
  sign: async (_text: string, keyId: string) => {
    throw keyNotFound(keyId);
  },
  generateKey: async (keyId: string) => {
    throw keyNotFound(keyId);
  },
  publicKey: async () => undefined,
});
