import { MemoryTrustStore } from '@kaizen-eatp/core';
import { TRAIL_START, type TrustStore } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { append, intent, next } from './records.js';

let store: TrustStore;
beforeEach(() => {
  store = new MemoryTrustStore();
});

const fork = expect.objectContaining({ code: 'TRAIL_FORK' });

describe('trails', () => {
  it('take entries that follow one another, several in one batch', async () => {
    const one = next('run-1', 'one');
    const two = next('run-1', 'two', one);
    const three = next('run-1', 'three', two);
    await store.commit([append(one), append(two)]);
    await store.commit([append(three)]);
    expect(await store.readTrail('run-1')).toEqual([one, two, three]);
    expect(await store.readTrail('run-1', { afterSequence: 1, limit: 1 })).toEqual([two]);
    expect(await store.trailHead('run-1')).toMatchObject({ sequence: 3, hash: three.hash });
    expect(await store.trailHead('run-2')).toBeUndefined();
  });

  it('refuse a second entry at the same place, a gap, and one that follows another', async () => {
    const one = next('run-1', 'one');
    await store.commit([append(one)]);
    await expect(store.commit([append(next('run-1', 'rival'))])).rejects.toThrow(fork);
    await expect(store.commit([append({ ...next('run-1', 'gap', one), sequence: 3 })])).rejects.toThrow(fork);
    await expect(
      store.commit([append({ ...next('run-1', 'x', one), previousHash: TRAIL_START })]),
    ).rejects.toThrow(fork);
    const two = next('run-1', 'two', one);
    await expect(store.commit([append(two), append(two)])).rejects.toThrow(fork);
    expect(await store.readTrail('run-1')).toEqual([one]);
  });

  it('let one of two writers at the same place win', async () => {
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((text) => store.commit([append(next('run-1', text))])),
    );
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    expect(await store.readTrail('run-1')).toHaveLength(1);
  });

  it('close the intent whose end they record, oldest first among the open', async () => {
    await store.commit(['run-1/1', 'run-1/2'].map((id) => ({ op: 'open_intent', intent: intent(id) })));
    await store.commit([{ op: 'open_intent', intent: intent('run-2/1', { trailId: 'run-2' }) }]);
    await store.commit([append(next('run-1', 'done'), 'run-1/1')]);
    expect((await store.openIntents()).map((i) => i.invocationId)).toEqual(['run-1/2', 'run-2/1']);
    expect((await store.openIntents({ trailId: 'run-2' })).map((i) => i.invocationId)).toEqual(['run-2/1']);
  });
});
