import { MemoryTrustStore } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import { CheckedStore, type TrustStore } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';

/** A store whose every method fails in the way given. */
function failing(fail: () => unknown): TrustStore {
  return new Proxy(new MemoryTrustStore(), {
    get: (_target, name) => (name === 'throwsCodedErrors' ? false : fail),
  }) as TrustStore;
}

const calls: [string, (store: TrustStore) => unknown][] = [
  ['read', (s) => s.read({})],
  ['readChains', (s) => s.readChains(['a'])],
  ['listChains', (s) => s.listChains()],
  ['readAuthorities', (s) => s.readAuthorities(['a'])],
  ['readDelegationPath', (s) => s.readDelegationPath('a')],
  ['findDelegations', (s) => s.findDelegations({ taskId: 'a' })],
  ['findArchivedDelegations', (s) => s.findArchivedDelegations({ runId: 'a' })],
  ['readEarlierChains', (s) => s.readEarlierChains(['a'])],
  ['trailHead', (s) => s.trailHead('a')],
  ['readTrail', (s) => s.readTrail('a')],
  ['openIntents', (s) => s.openIntents()],
  ['readRevocations', (s) => s.readRevocations('agent', ['a'])],
  ['readStatements', (s) => s.readStatements()],
  ['readDisclosures', (s) => s.readDisclosures(['a'])],
  ['readRun', (s) => s.readRun('a')],
  ['findRuns', (s) => s.findRuns({})],
  ['listRuns', (s) => s.listRuns()],
  ['holdRuns', (s) => s.holdRuns()],
  ['announceOwner', (s) => s.announceOwner('a')],
  ['findGoneOwners', (s) => s.findGoneOwners(['a'])],
  ['countPersonalData', (s) => s.countPersonalData('a')],
  ['inventory', (s) => s.inventory()[Symbol.asyncIterator]().next()],
  ['commit', (s) => s.commit([])],
  ['watch', (s) => s.watch(() => undefined)],
  ['close', (s) => s.close()],
];
const attempt = async (call: () => unknown): Promise<unknown> => call();

describe('CheckedStore', () => {
  it('passes on every method that a store has', () => {
    const methods = Object.getOwnPropertyNames(MemoryTrustStore.prototype);
    const contract = methods.filter(
      (name) => Object.hasOwn(CheckedStore.prototype, name) && name !== 'constructor',
    );
    const conveniences = ['readAuthorities', 'readChains', 'readDelegationPath', 'readRevocations'];
    expect([...contract, ...conveniences, 'close'].sort()).toEqual(calls.map(([name]) => name).sort());
  });

  it.each(calls)('turns what %s throws at once into STORE_FAILED', async (_name, call) => {
    const cause = new TypeError('disk on fire');
    const store = new CheckedStore(
      failing(() => {
        throw cause;
      }),
    );
    const error = await attempt(() => call(store)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      received: expect.stringContaining('disk on fire'),
      cause,
    });
  });

  it.each(calls.filter(([name]) => !['watch', 'inventory'].includes(name)))(
    'turns what %s rejects with into STORE_FAILED',
    async (_name, call) => {
      const store = new CheckedStore(failing(() => Promise.reject('a bare string')));
      await expect(attempt(() => call(store))).rejects.toMatchObject({
        code: 'STORE_FAILED',
        received: expect.stringContaining('a bare string'),
      });
    },
  );

  it('says of a commit that failed that its writes may have been applied, and of nothing else', async () => {
    const store = new CheckedStore(failing(() => Promise.reject(new Error('connection lost'))));
    await expect(store.commit([])).rejects.toMatchObject({
      remedy: expect.stringMatching(/unknown whether the writes are stored/),
      evidence: { outcome: 'unknown' },
    });
    await expect(store.trailHead('a')).rejects.toMatchObject({
      remedy: expect.not.stringMatching(/applied|written/),
      evidence: { outcome: 'nothing_written' },
    });
  });

  it('leaves coded errors as they are', async () => {
    const coded = new StoreError('TRAIL_FORK', 'x', { remedy: 'y.' });
    const store = new CheckedStore(failing(() => Promise.reject(coded)));
    await expect(store.commit([])).rejects.toBe(coded);
  });

  it('does not claim that a failed commit wrote nothing: its connection can have been lost after it was applied', async () => {
    const store = new CheckedStore(failing(() => Promise.reject(new Error('connection lost'))));
    const error = await store.commit([]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { outcome: 'unknown' } });
    expect((error as StoreError).remedy).toContain('It is unknown whether the writes are stored');
    expect((error as StoreError).message).not.toMatch(/nothing was written|repeat/i);
    await expect(store.readChains(['a'])).rejects.toMatchObject({ evidence: { outcome: 'nothing_written' } });
  });
});
