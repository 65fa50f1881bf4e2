import { type Receipt, verifyReceipt } from '@kaizen-eatp/core/receipt';
import { sequential } from '@kaizen-eatp/patterns';
import { trustWorld } from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';

const agents = { alice: {}, bob: {}, carol: {} };

describe('the runtime over a file', () => {
  it('carries a sequential run, whose trail and receipt verify, even after it is opened again', async () => {
    const path = temporaryPath();
    const { runtime, trust } = await trustWorld({ store: await openStore(path), agents });
    const result = await runtime([sequential]).execute('Zoë 漢字', { pattern: 'sequential' });
    expect(result.result).toBe('Zoë 漢字');
    const { valid, entries } = await trust.verifyTrail(result.runId);
    expect([valid, entries]).toEqual([true, result.auditTrail.length]);
    const receipt: Receipt = await result.receipt();
    expect((await verifyReceipt(receipt)).problems).toEqual([]);
    await trust.close();

    const anew = await openStore(path);
    const again = await trustWorld({ store: anew, agents: {} }).catch(
      (error: { code: string }) => error.code,
    );
    expect(again).toBe('AUTHORITY_ALREADY_EXISTS');
    expect((await anew.readTrail(result.runId)).length).toBe(entries);
    expect(await anew.openIntents()).toEqual([]);
    expect(await anew.findDelegations({ runId: result.runId, status: 'in_force' })).toEqual([]);
    expect((await anew.doctor()).findings).toEqual([]);
  });

  it('carries many runs at once, each with a whole trail of its own', async () => {
    const { runtime, trust } = await trustWorld({ store: await openStore(), agents });
    const running = runtime([sequential]);
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, i) => running.execute(i, { pattern: 'sequential' })),
    );
    for (const [i, { result, runId, auditTrail }] of results.entries()) {
      expect(result).toBe(i);
      expect(await trust.verifyTrail(runId)).toMatchObject({ valid: true, entries: auditTrail.length });
    }
  });

  it('starts no agent whose intent cannot be stored', async () => {
    const path = temporaryPath();
    const store = await openStore(path, { maximumSize: 122 * 4096 });
    let acts = 0;
    const count = {
      agent: {
        run: () => {
          acts += 1;
        },
      },
    };
    const { runtime, trust } = await trustWorld({ store, agents: { alice: count, bob: count } });
    const running = runtime([sequential]);
    let failure: { code?: string } = {};
    let succeeded = 0;
    for (let i = 0; i < 500 && failure.code === undefined; i++) {
      await running.execute('x', { pattern: 'sequential' }).then(
        () => (succeeded += 1),
        (error) => (failure = error),
      );
    }
    // The file is full at an intent, at an outcome or at the end of a run.
    expect(['STORE_FAILED', 'OUTCOME_NOT_RECORDED']).toContain(failure.code);
    expect(String((failure as Error).stack) + String((failure as Error).cause)).toContain('SQLITE_FULL');
    const closed = await countAnchors(path);
    const open = (await store.openIntents()).length;
    expect(succeeded).toBeGreaterThan(0);
    expect(acts).toBeGreaterThanOrEqual(2 * succeeded);
    expect(acts).toBeLessThanOrEqual(closed + open);
    await trust.close();
  });
});

async function countAnchors(path: string): Promise<number> {
  const store = await openStore(path);
  let count = 0;
  for await (const line of store.exportJsonLines()) {
    const { type, text } = JSON.parse(line) as { type: string; text?: string };
    if (type === 'anchor' && text?.includes('output_digest')) count += 1;
  }
  return count;
}
