import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';
import { append, delegation, entries, intent, putChain, sharedTrail } from './support/records.js';

/** How many transactions are in the write-ahead log: its frames that end one say how large the database is then. */
function transactionsIn(path: string): number {
  const log = readFileSync(`${path}-wal`);
  const pageSize = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at + 24 + pageSize <= log.length; at += 24 + pageSize) {
    if (salt.equals(log.subarray(at + 8, at + 16)) && log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}

describe('commits that come together', () => {
  it('share one transaction, and so one sync of the disk', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const before = transactionsIn(path);
    await Promise.all(Array.from({ length: 64 }, (_, i) => store.commit([intent(`run-${i}/1`)])));
    expect(transactionsIn(path)).toBe(before + 1);
    const shared = sharedTrail();
    for (let i = 0; i < 3; i++) await store.commit([shared(`aud-${i}`)]);
    expect(transactionsIn(path)).toBe(before + 4);
  });

  it('fail alone: one that is refused takes no other with it', async () => {
    const store = await openStore();
    const [first, second] = entries('run-1', 2);
    const outcomes = await Promise.allSettled([
      store.commit([putChain('agent-alice')]),
      store.commit([delegation('del-half'), putChain('agent-alice')]),
      store.commit([append(first as never)]),
      store.commit([delegation('del-other-half'), append(first as never)]),
      store.commit([append(second as never)]),
      store.commit([delegation('del-1', { runId: {} as never })]),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'stored')),
    ).toEqual(['stored', 'STORE_CONFLICT', 'stored', 'TRAIL_FORK', 'stored', 'INVALID_ARGUMENT']);
    expect(await store.findDelegations({ taskId: 'task-1' })).toEqual([]);
    expect((await store.readTrail('run-1')).length).toBe(2);
  });

  it('are each held against those before them', async () => {
    const store = await openStore();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => store.commit([intent(`run/${i % 2}`)])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(2);
    const shared = sharedTrail();
    await Promise.all(Array.from({ length: 600 }, (_, i) => store.commit([shared(`aud-${i}`)])));
    const trail = await store.readTrail('shared');
    expect(trail.map(({ anchorId }) => anchorId)).toEqual(Array.from({ length: 600 }, (_, i) => `aud-${i}`));
  });

  it('settle after the transaction: what a promise says is stored another instance can read', async () => {
    const path = temporaryPath();
    const [writer, reader] = [await openStore(path), await openStore(path)];
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await writer.commit([putChain(`agent-${i}`)]);
        expect((await reader.readChains([`agent-${i}`]))[0]?.active).toBe(true);
      }),
    );
  });
});
