import { randomBytes } from 'node:crypto';
import type { KeyManager } from '../signing/index.js';

/**
 * Returns the public key of this id, and generates the key first if there is none. Processes that share a key manager can
 * do so concurrently: it generates one key for an id.
 */
export async function ensureKey(keyManager: KeyManager, keyId: string): Promise<string> {
  const known = await keyManager.publicKey(keyId);
  if (known !== undefined) return known;
  try {
    return await keyManager.generateKey(keyId);
  } catch (error) {
    const generatedMeanwhile = await keyManager.publicKey(keyId);
    if (generatedMeanwhile === undefined) throw error;
    return generatedMeanwhile;
  }
}

/**
 * Returns an id for the new key of an authority. It is different each time, so that two authorities never share a key: not
 * those of two stores with one key folder, nor two that are created concurrently under one id.
 */
export const newKeyId = (authorityId: string): string =>
  `key-${authorityId.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 96)}-${randomBytes(6).toString('hex')}`;
