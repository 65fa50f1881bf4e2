import { describe, expect, it, vi } from 'vitest';
import { base64, EDGE_CASES } from '../signing/edge-cases.js';
import { bundleForBrowsers, gzipped, usePages, verifyEverywhere } from './in-browser.js';
import { issued } from './receipts.js';

const pagesOf = usePages('receipt.js');
const counted = vi.hoisted(() => ({ valid: 0, invalid: 0, malformed: 0 }));

/** In the tests below, and in the files that they are in, a receipt is verified in Chromium too. */
vi.mock('@kaizen-eatp/core/receipt', async (original) => {
  const real = await original<typeof import('@kaizen-eatp/core/receipt')>();
  const verifyReceipt: typeof real.verifyReceipt = async (...given) => {
    const { secure, insecure } = pagesOf();
    try {
      const found = await verifyEverywhere(real.verifyReceipt, [secure, insecure], ...given);
      counted[found.verdict === 'invalid' ? 'invalid' : 'valid'] += 1;
      return found;
    } catch (error) {
      counted.malformed += 1;
      throw error;
    }
  };
  return { ...real, verifyReceipt };
});

await import('./forgery.test.js');
await import('./mutations.test.js');
await import('./receipt-of.test.js');
await import('./stolen-key.test.js');

describe('the verifier of receipts in a browser', () => {
  it('was asked for all of these', () => {
    expect(counted.valid).toBeGreaterThan(15);
    expect(counted.invalid).toBeGreaterThan(60);
  });

  it('is at most 120 kB gzipped, with all that it needs, and names nothing of Node.js', async () => {
    const script = await bundleForBrowsers('receipt.js');
    expect(gzipped(script)).toBeLessThanOrEqual(120_000);
    expect(script).not.toMatch(/['"`]node:|require\(/);
  });

  it('notices a changed character as Node.js does', async () => {
    const { verifyReceipt } = await import('@kaizen-eatp/core/receipt');
    const { receipt, pinned } = await issued();
    for (let at = 0; at < receipt.text.length; at += Math.ceil(receipt.text.length / 150)) {
      const by = receipt.text[at] === 'x' ? 'y' : 'x';
      const changed = receipt.text.slice(0, at) + by + receipt.text.slice(at + 1);
      const verdict = await verifyReceipt(changed, { authorities: pinned }).then(
        (found) => found.verdict,
        (error) => error.code,
      );
      expect(['invalid', 'RECEIPT_MALFORMED'], String(at)).toContain(verdict);
    }
  });
});

it("strange signatures have the same verdict by Chromium's own cryptography", async () => {
  const cases = EDGE_CASES.filter(
    ({ name, expected }) => expected !== 'BAD_KEY' && !name.includes('small order'),
  );
  expect(cases.length).toBeGreaterThan(700);
  const verdicts = await pagesOf().secure.evaluate(
    (all) =>
      Promise.all(
        all.map(async ({ key, signature, text }) => {
          const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          try {
            const imported = await crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify']);
            const encoded = new TextEncoder().encode(text);
            return await crypto.subtle.verify('Ed25519', imported, bytes(signature), encoded);
          } catch {
            return false;
          }
        }),
      ),
    cases.map(({ key, signature, text }) => ({ key: base64(key), signature: base64(signature), text })),
  );
  const wrong = cases.filter(({ expected }, i) => verdicts[i] !== (expected === 'valid'));
  expect(wrong.map(({ name }) => name)).toEqual([]);
});
