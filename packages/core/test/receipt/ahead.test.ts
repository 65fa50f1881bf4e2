import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { canonicalJson } from '@kaizen-eatp/core/records';
import { describe, expect, it, vi } from 'vitest';
import { World } from '../runtime/world.js';
import { contentOf, linked, signedBy } from './receipts.js';

const used = vi.hoisted(() => ({ threads: 0, inline: 0 }));

vi.mock('#crypto', async (original) => {
  const real = await original<typeof import('../../src/wire/crypto/node.js')>();
  const verifyAll: typeof real.verifyAll = (all) => {
    used.threads += all.length;
    return real.verifyAll(all);
  };
  const verifyEd25519: typeof real.verifyEd25519 = (...given) => {
    used.inline += 1;
    return real.verifyEd25519(...given);
  };
  return { ...real, verifyAll, verifyEd25519 };
});

async function receiptWith(invocations: number) {
  const world = await World.make();
  const alice = await world.agent('alice', (input) => input);
  const result = await world.execute([alice], async ({ agents: [a], invoke }) => {
    for (let i = 0; i < invocations; i++) await invoke(a!, i);
    return 'done';
  });
  const { id, publicKey } = world.authority;
  return { world, receipt: await result.receipt(), authorities: { [id]: publicKey } };
}

async function measured(verify: () => Promise<unknown>) {
  used.threads = 0;
  used.inline = 0;
  await verify();
  return { ...used };
}

describe('the signatures of a receipt', () => {
  it('are verified on threads if there are many, and each once', async () => {
    const { receipt, authorities } = await receiptWith(100);
    const { threads, inline } = await measured(async () => {
      expect((await verifyReceipt(receipt, { authorities })).verdict).toBe('valid');
    });
    expect(threads).toBeGreaterThan(100);
    // The one of the whole is judged twice: for its records, and for the statements about keys.
    expect(inline).toBe(2);
    // Nothing stays in memory: the next verification does it all again.
    expect((await measured(() => verifyReceipt(receipt))).threads).toBe(threads);
  });

  it('are verified one after the other if there are few', async () => {
    const { receipt } = await receiptWith(3);
    const { threads, inline } = await measured(() => verifyReceipt(receipt));
    expect(threads).toBe(0);
    expect(inline).toBeGreaterThan(3);
  });

  it('give the same verdict for a forged record among many, also while others are verified', async () => {
    const { world, receipt, authorities } = await receiptWith(100);
    const content = contentOf(receipt);
    const forged = content.anchors.map((anchor, i) =>
      i === 70 ? anchor.replace('"result":"success"', '"result":"partial"') : anchor,
    );
    const text = await signedBy(world, linked({ ...content, anchors: forged }));
    const verdicts = await Promise.all(
      [text, receipt.text, text].map((each) => verifyReceipt(each, { authorities })),
    );
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['invalid', 'valid', 'invalid']);
    expect(verdicts[0]?.problems.map(({ code }) => code)).toContain('SIGNATURE_INVALID');
    expect(verdicts[2]?.problems).toEqual(verdicts[0]?.problems);
    expect(canonicalJson(content)).toBe(receipt.text);
  });
});
