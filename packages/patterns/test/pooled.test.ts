import { expect, it } from 'vitest';
import { pooled } from '../src/pooled.js';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('works through all items, so many at a time', async () => {
  let atWork = 0;
  let most = 0;
  const done: number[] = [];
  await pooled([1, 2, 3, 4, 5], 2, async (item) => {
    atWork += 1;
    most = Math.max(most, atWork);
    await tick();
    atWork -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('begins nothing more after a failure, sees to its end what is under way, and rejects with the first', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = pooled([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('first');
    await tick();
    ended.push(item);
    throw new Error('second');
  });
  await expect(work).rejects.toThrow('first');
  expect([begun, ended]).toEqual([[1, 2], [2]]);
});
