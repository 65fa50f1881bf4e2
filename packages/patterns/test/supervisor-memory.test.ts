import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Cast, type World, world } from './harness.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Kept, so that what a later world takes is not set off by what an earlier one gives back. */
const worlds: World[] = [];

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Measures the bytes that a run holds when all its subtasks are done and it is not over yet. */
async function heldBy(subtasks: number, workers: number): Promise<number> {
  let before = 0;
  let after = 0;
  const supervisor: Cast = {
    agent: {
      run: () => 'unused',
      decomposeTask: () => {
        before = heapUsed();
        return Array.from({ length: subtasks }, (_, i) => ({ input: i }));
      },
      aggregateResults: ({ workerResults }: { workerResults: readonly unknown[] }) => {
        after = heapUsed();
        return workerResults.length;
      },
    },
  };
  const worker: Cast = { agent: { run: () => 'unused', executeTask: (n: number) => n } };
  const names = Array.from({ length: workers }, (_, i) => [`worker_${i}`, worker] as const);
  const made = await world({ supervisor, ...Object.fromEntries(names) });
  worlds.push(made);
  expect((await made.run('supervisor_worker', 'job')).result).toBe(subtasks);
  return after - before;
}

/** The median of three, since what an earlier run held is sometimes freed while a later one is measured. */
async function usuallyHeldBy(subtasks: number, workers: number): Promise<number> {
  const held: number[] = [];
  for (let i = 0; i < 3; i++) held.push(await heldBy(subtasks, workers));
  return held.sort((a, b) => a - b)[1] as number;
}

describe('what a supervisor holds of a run', () => {
  // Linear growth is four times as much; growth with the square would be sixteen times.
  it('grows with the number of subtasks, not with its square', { timeout: 60_000 }, async () => {
    await heldBy(250, 50);
    const few = await usuallyHeldBy(250, 50);
    const many = await usuallyHeldBy(1_000, 50);
    expect(few).toBeGreaterThan(0);
    expect(many / few).toBeLessThan(6);
  });

  it('hardly grows with the number of workers', { timeout: 60_000 }, async () => {
    await heldBy(500, 50);
    const few = await usuallyHeldBy(500, 50);
    const many = await usuallyHeldBy(500, 200);
    expect(few).toBeGreaterThan(0);
    expect(many / few).toBeLessThan(3);
  });
});
