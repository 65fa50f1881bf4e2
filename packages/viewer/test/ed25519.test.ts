import { describe, expect, it } from 'vitest';
import { verifyAhead, verifySignature } from '../src/app/shims/ed25519.js';

/** Keys under which the identity, with a zero, signs every text, as the browser's own cryptography can see it. */
const KEYS = [`01${'00'.repeat(31)}`, `01${'00'.repeat(30)}80`, `ee${'ff'.repeat(30)}7f`, '00'.repeat(32)];
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

describe('in the browser too, a public key of small order', () => {
  it.each(KEYS)('%s is refused, even after the browser itself accepted its signature', async (key) => {
    const publicKey = base64(key);
    const signature = base64(`01${'00'.repeat(63)}`);
    for (let i = 0; i < 16; i++) {
      const text = `text ${i}`;
      await verifyAhead([{ text, signature, publicKey }]);
      expect(() => verifySignature(text, signature, publicKey)).toThrow('small order');
    }
  });
});
