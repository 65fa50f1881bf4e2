import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer, type Bytes } from './buffer.js';

/** Random bytes, as of `node:crypto`. */
export const randomBytes = (length: number): Bytes =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(length)));

/** A random UUID, as of `node:crypto`. */
export function randomUUID(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] as number) & 15) | 64;
  bytes[8] = ((bytes[8] as number) & 63) | 128;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** SHA-256 in steps, as of `node:crypto`. */
export function createHash(algorithm: string) {
  if (algorithm !== 'sha256') throw new Error(`unsupported: ${algorithm}`);
  const hash = sha256.create();
  const steps = {
    update(data: string | Uint8Array) {
      hash.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
      return steps;
    },
    digest(encoding?: string): string | Bytes {
      const bytes = Buffer.from(hash.digest());
      return encoding === undefined ? bytes : bytes.toString(encoding);
    },
  };
  return steps;
}
