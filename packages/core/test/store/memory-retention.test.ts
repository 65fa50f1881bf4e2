import { MemoryTrustStore } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { add, append, intent, next } from './records.js';

/** A run of one step and one delegation, as the guard stores it. */
async function startRun(store: MemoryTrustStore, runId: string): Promise<void> {
  await store.commit([add(`del-${runId}`, { runId, taskId: runId })]);
  await store.commit([{ op: 'open_intent', intent: intent(`${runId}/1`, { trailId: runId }) }]);
}

async function finishRun(store: MemoryTrustStore, runId: string): Promise<void> {
  const first = next(runId, 'act');
  await store.commit([append(first, `${runId}/1`)]);
  await store.commit([append(next(runId, 'end', first)), { op: 'close_delegations', runId }]);
}

async function run(store: MemoryTrustStore, runId: string): Promise<void> {
  await startRun(store, runId);
  await finishRun(store, runId);
}

async function rows(store: MemoryTrustStore): Promise<number> {
  let count = 0;
  for await (const _ of store.exportJsonLines()) count += 1;
  return count - 2;
}

const isKept = async (store: MemoryTrustStore, runId: string): Promise<boolean> => {
  const trail = await store.readTrail(runId);
  const delegations = await store.findDelegations({ runId });
  expect(trail.length > 0).toBe(delegations.length > 0);
  return trail.length > 0;
};

describe('retainRuns', () => {
  it('keeps the newest finished runs, so that the store does not grow with the number of runs', async () => {
    const store = new MemoryTrustStore({ retainRuns: 100 });
    for (let i = 0; i < 5_000; i++) await run(store, `run-${i}`);
    expect(await rows(store)).toBe(300);
    expect(await isKept(store, 'run-4899')).toBe(false);
    expect(await isKept(store, 'run-4900')).toBe(true);
    expect(await store.findDelegations({ taskId: 'run-0' })).toEqual([]);
    expect((await store.findDelegations({ status: 'closed' })).length).toBe(100);
  });

  it('keeps a run that is under way, however many others have ended', async () => {
    const store = new MemoryTrustStore({ retainRuns: 2 });
    await startRun(store, 'slow');
    for (let i = 0; i < 10; i++) await run(store, `run-${i}`);
    expect(await store.findDelegations({ runId: 'slow' })).toHaveLength(1);
    expect(await store.openIntents({ trailId: 'slow' })).toHaveLength(1);
    await finishRun(store, 'slow');
    expect(await isKept(store, 'slow')).toBe(true);
    for (let i = 10; i < 12; i++) await run(store, `run-${i}`);
    expect(await isKept(store, 'slow')).toBe(false);
  });

  it('keeps a run that ended with an open intent until the intent has its outcome', async () => {
    const store = new MemoryTrustStore({ retainRuns: 1 });
    await startRun(store, 'crashed');
    await store.commit([{ op: 'close_delegations', runId: 'crashed' }]);
    for (let i = 0; i < 5; i++) await run(store, `run-${i}`);
    expect(await store.openIntents()).toHaveLength(1);
    await store.commit([append(next('crashed', 'recovered'), 'crashed/1')]);
    expect(await isKept(store, 'crashed')).toBe(true);
    await run(store, 'run-5');
    expect(await isKept(store, 'crashed')).toBe(false);
  });

  it('leaves alone what was made outside runs', async () => {
    const store = new MemoryTrustStore({ retainRuns: 0 });
    await store.commit([add('del-task'), add('del-of-run', { runId: 'run-1' })]);
    await run(store, 'run-1');
    expect((await store.findDelegations({ taskId: 'task-1' })).map((e) => e.delegationId)).toEqual([
      'del-task',
    ]);
    expect(await isKept(store, 'run-1')).toBe(false);
  });

  it('of Infinity keeps every run', async () => {
    const store = new MemoryTrustStore({ retainRuns: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 50; i++) await run(store, `run-${i}`);
    expect(await rows(store)).toBe(150);
  });

  it.each([-1, 1.5, Number.NaN, '5', null])('refuses %s', (retainRuns) => {
    expect(() => new MemoryTrustStore({ retainRuns: retainRuns as number })).toThrow(/whole number from 0/);
  });

  it('refuses an option of another name', () => {
    expect(() => new MemoryTrustStore({ retainRun: 5 } as object)).toThrow(/no option 'retainRun'/);
  });
});
