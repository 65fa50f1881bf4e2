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
