import { Buffer } from 'node:buffer';
import { InMemoryKeyManager } from '@kaizen-eatp/core';
import { sha256Hex } from '@kaizen-eatp/core/records';

/** Keys derived from their ids, so that a fixture signs the same bytes in every run. Never for real use. */
export class SeededKeyManager extends InMemoryKeyManager {
  override generateKey(keyId: string): Promise<string> {
    const seed = Buffer.from(sha256Hex(`kaizen-eatp fixture key ${keyId}`), 'hex');
    return this.importKey(keyId, seed.toString('base64'));
  }
}
