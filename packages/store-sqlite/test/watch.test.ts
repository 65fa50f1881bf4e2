import type { StoreError } from '@kaizen-eatp/core/errors';
import type { StoreEvent, TrustStore } from '@kaizen-eatp/core/store';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CARELESS, expectNothingUnhandled } from '../../../test/careless.js';
import { openStore, temporaryPath } from './support/places.js';
import { python } from './support/processes.js';
import { AT, putChain, revokeAgent } from './support/records.js';

const revoked = (subjectId: string): unknown =>
  expect.objectContaining({
    type: 'revoked',
    revocation: expect.objectContaining({ kind: 'agent', subjectId }),
  });
const changed = (agentId: string): StoreEvent => ({ type: 'chain_changed', agentId });

function listen(store: TrustStore) {
  const events: StoreEvent[] = [];
  const stop = store.watch((event) => events.push(event));
  onTestFinished(stop);
  const until = (count: number) =>
    vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(count), { interval: 2 });
  return { events, until, stop };
}

/** Until every change so far has been looked for. */
const aLook = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

it('tells of own writes before the commit resolves, once, and not again by looking', async () => {
  const path = temporaryPath();
  const [one, other] = [
    await openStore(path, { pollInterval: 5 }),
    await openStore(path, { pollInterval: 5 }),
  ];
  const heard = listen(one);
  await one.commit([putChain('agent-alice'), revokeAgent('agent-bob')]);
  expect(heard.events).toEqual([changed('agent-alice'), revoked('agent-bob')]);
  // A change by another connection makes it look.
  await other.commit([putChain('agent-carol')]);
  await heard.until(3);
  await aLook();
  expect(heard.events.slice(2)).toEqual([changed('agent-carol')]);
});

it('tells of what others wrote just before an own write, first and once', async () => {
  const path = temporaryPath();
  const [one, other] = [await openStore(path, { pollInterval: 5 }), await openStore(path)];
  const heard = listen(one);
  await other.commit([revokeAgent('agent-alice')]);
  await one.commit([revokeAgent('agent-bob')]);
  await aLook();
  expect(heard.events).toEqual([revoked('agent-alice'), revoked('agent-bob')]);
});

it('tells nothing of a refused commit, nor of what was there before, nor after it has ended', async () => {
  const store = await openStore(temporaryPath(), { pollInterval: 5 });
  await store.commit([revokeAgent('agent-old'), putChain('agent-old')]);
  const heard = listen(store);
  await expect(store.commit([revokeAgent('agent-alice'), putChain('agent-old')])).rejects.toThrow(
    'Another writer',
  );
  await aLook();
  heard.stop();
  await store.commit([revokeAgent('agent-bob')]);
  expect(heard.events).toEqual([]);
});

it('tells of a revocation that is made a second time', async () => {
  const path = temporaryPath();
  const [one, other] = [await openStore(path, { pollInterval: 5 }), await openStore(path)];
  const heard = listen(one);
  await other.commit([revokeAgent('agent-alice', 'first')]);
  await heard.until(1);
  await other.commit([revokeAgent('agent-alice', 'second')]);
  await heard.until(2);
  expect(heard.events).toMatchObject([
    { revocation: { reason: 'first' } },
    { revocation: { reason: 'second' } },
  ]);
});

it("tells of Python's changes, and of the chains it ended or removed as revocations", async () => {
  const path = temporaryPath();
  const store = await openStore(path);
  const text = (agentId: string): string => `{"genesis":{"agent_id":"${agentId}"}}`;
  await store.commit(['agent-alice', 'agent-bob'].map((agentId) => putChain(agentId, null, text(agentId))));
  const heard = listen(store);
  await python('chains', 'revoke', path, 'agent-alice');
  await heard.until(2);
  expect(heard.events).toEqual([changed('agent-alice'), revoked('agent-alice')]);
  await python('chains', 'remove', path, 'agent-bob');
  await heard.until(4);
  expect(heard.events.slice(2)).toEqual([changed('agent-bob'), revoked('agent-bob')]);
});

it('reports a revocation that comes with the end of a chain once', async () => {
  const path = temporaryPath();
  const [one, other] = [await openStore(path, { pollInterval: 5 }), await openStore(path)];
  await one.commit([putChain('agent-alice')]);
  const heard = listen(one);
  await other.commit([
    { op: 'deactivate_chain', agentId: 'agent-alice', at: AT },
    revokeAgent('agent-alice'),
  ]);
  await heard.until(2);
  await aLook();
  expect(heard.events).toEqual([changed('agent-alice'), revoked('agent-alice')]);
});

it('goes on with the others when one who listens throws', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => warned.mockRestore());
  const store = await openStore();
  onTestFinished(
    store.watch(() => {
      throw new Error('mallory listens');
    }),
  );
  const heard = listen(store);
  await store.commit([revokeAgent('agent-alice')]);
  expect(heard.events).toEqual([revoked('agent-alice')]);
  expect(warned).toHaveBeenCalledWith(expect.objectContaining({ message: 'mallory listens' }));
});

it('says when it cannot look, once, and finds what it missed', async () => {
  const path = temporaryPath();
  const failures: StoreError[] = [];
  const store = await openStore(path, { pollInterval: 5, onWatchFailure: (error) => failures.push(error) });
  const heard = listen(store);
  const db = new Database(path);
  db.exec('ALTER TABLE eatp_revocations RENAME TO hidden');
  await vi.waitFor(() => expect(failures.length).toBe(1));
  await aLook();
  expect(failures).toMatchObject([{ code: 'STORE_FAILED' }]);
  db.exec(
    `INSERT INTO hidden (kind, subject_id, reason, at) VALUES ('agent', 'agent-alice', 'late', '${AT}')`,
  );
  db.exec('ALTER TABLE hidden RENAME TO eatp_revocations');
  db.close();
  await heard.until(1);
  expect(heard.events).toEqual([revoked('agent-alice')]);
});

it('looks only while there are watchers', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const store = await openStore();
  expect(vi.getTimerCount()).toBe(0);
  const [stop, stopToo] = [store.watch(() => undefined), store.watch(() => undefined)];
  expect(vi.getTimerCount()).toBe(1);
  stop();
  stop();
  expect(vi.getTimerCount()).toBe(1);
  stopToo();
  expect(vi.getTimerCount()).toBe(0);
});

describe.each(CARELESS)('a callback that %s ends no process', (_what, careless) => {
  expectNothingUnhandled();

  it('as a watcher: the others hear of the write', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const store = await openStore(temporaryPath());
    store.watch(careless as never);
    const heard = listen(store);
    await store.commit([revokeAgent('agent-alice')]);
    expect(heard.events).toEqual([revoked('agent-alice')]);
  });

  it('as onWatchFailure', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const path = temporaryPath();
    const onWatchFailure = vi.fn(careless as () => void);
    const store = await openStore(path, { pollInterval: 5, onWatchFailure });
    listen(store);
    const db = new Database(path);
    db.exec('ALTER TABLE eatp_revocations RENAME TO hidden');
    await vi.waitFor(() => expect(onWatchFailure).toHaveBeenCalled());
    db.exec('ALTER TABLE hidden RENAME TO eatp_revocations');
    db.close();
  });
});
