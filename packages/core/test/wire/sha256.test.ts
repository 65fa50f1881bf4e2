import { portableSha256Hex, sha256Hex } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('sha256Hex', () => {
  it('is SHA-256 of the UTF-8 bytes', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('equals the portable one for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(portableSha256Hex(text)).toBe(sha256Hex(text));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('equals the portable one for a lone surrogate', () => {
    for (const text of ['\ud800', 'a\udc00b', '\udfff\ud800'])
      expect(portableSha256Hex(text)).toBe(sha256Hex(text));
  });
});
