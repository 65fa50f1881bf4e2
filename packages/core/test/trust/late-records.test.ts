import { SHARED_TRAIL, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunTrail } from '../../src/trust/audit/run-trail.js';
import { deploymentOf } from '../../src/trust/trust-operations.js';
import { FailingStore } from '../runtime/failing-store.js';
import { endProcess, openIntent } from './open-intent.js';
import { BOB, failure, World } from './world.js';

let store: FailingStore;
let world: World;
let trust: TrustOperations;
beforeEach(async () => {
  store = new FailingStore();
  world = await World.create({ store });
  ({ trust } = world);
  await world.establish(BOB, ['read']);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => vi.useRealTimers());

const broken = () => new StoreError('STORE_FAILED', 'The disk failed', { remedy: 'Repair it.' });
const appends = (writes: readonly StoreWrite[]) => writes.some(({ op }) => op === 'append_anchor');

/** Lets the next so many commits of anchors fail, before they are applied or after. */
function failAppends(times: number, when: 'before' | 'after' = 'before'): void {
  let left = times;
  store.arm(async (writes) => {
    if (left === 0 || !appends(writes)) return;
    left--;
    if (when === 'after') await store.inner.commit(writes);
    throw broken();
  });
}

const hour = () => vi.advanceTimersByTimeAsync(3_600_000);
const outcomes = async (trailId: string): Promise<unknown[]> =>
  (await store.readTrail(trailId)).map(({ text }) => JSON.parse(text).context.outcome);
const attempts = () => store.commits.filter(appends).length;

describe('the outcome of a call outside runs', () => {
  const bob = () => new TrustedAgent({ name: 'bob', trust, agent: () => 'done' });

  it('is recorded in the background once the store works again, and closes the intent', async () => {
    failAppends(3);
    expect(await failure(bob().run('x'))).toMatchObject({
      code: 'OUTCOME_NOT_RECORDED',
      outcome: 'success',
      isRetrying: true,
      cause: { code: 'STORE_FAILED' },
    });
    expect(await store.openIntents()).toHaveLength(1);
    await hour();
    expect(await outcomes(SHARED_TRAIL)).toEqual(['success']);
    expect(await store.openIntents()).toEqual([]);
    expect(attempts()).toBe(4);
    expect(await trust.verifyTrail()).toMatchObject({ state: 'open' });
  });

  it('that was stored although the answer was an error is not recorded twice', async () => {
    failAppends(1, 'after');
    expect(await failure(bob().run('x'))).toMatchObject({ code: 'OUTCOME_NOT_RECORDED' });
    await hour();
    expect(await outcomes(SHARED_TRAIL)).toEqual(['success']);
    expect(attempts()).toBe(2);
    expect(await store.openIntents()).toEqual([]);
  });

  it('is left to recover() of another process, if that one was first', async () => {
    failAppends(1);
    await failure(bob().run('x'));
    await endProcess(trust);
    expect(await world.elsewhere({ store }).recover()).toHaveLength(1);
    await hour();
    expect(await outcomes(SHARED_TRAIL)).toEqual(['unknown']);
    expect(attempts()).toBe(3);
    expect(await trust.verifyTrail()).toMatchObject({ state: 'open' });
  });

  it('is signed by the authority that the agent is under by then', async () => {
    failAppends(1);
    await failure(bob().run('x'));
    await trust.createEnterpriseAuthority({ name: 'Globex' });
    world.later(1);
    await store.inner.commit([{ op: 'deactivate_chain', agentId: BOB, at: '2026-01-05T12:01:00+00:00' }]);
    await trust.reinstate({ agentId: BOB, reason: 'moved' });
    await trust.establish({ agentId: BOB, authorityId: 'org-globex', capabilities: ['read'] });
    world.later(2);
    await hour();
    expect(await outcomes(SHARED_TRAIL)).toEqual([undefined, 'success']);
    expect(await trust.verifyTrail()).toEqual({ state: 'open', valid: false, entries: 2, problems: [] });
  });

  it('that was denied is not recorded late: nothing was done, and the caller knows', async () => {
    failAppends(1);
    expect(await failure(bob().run('x', { action: 'admin' }))).toMatchObject({ code: 'STORE_FAILED' });
    await hour();
    expect(await outcomes(SHARED_TRAIL)).toEqual([]);
    expect(attempts()).toBe(1);
  });
});

describe('the records of a run', () => {
  const RUN = 'run-1';
  let trail: RunTrail;
  beforeEach(async () => {
    trail = new RunTrail(deploymentOf(trust as never), RUN);
  });

  const open = (n: number) =>
    openIntent(trust as TrustOperations, `${RUN}/${n}`, {
      trailId: RUN,
      agentId: BOB,
      resource: null,
      inputDigest: null,
      owner: deploymentOf(trust as never).presence.owner,
    });
  const draft = (outcome: string) => ({
    agentId: BOB,
    action: 'read',
    result: 'success' as const,
    context: { outcome },
  });
  const end = (n: number) =>
    trail.append(draft(`${n}`), {
      closesIntent: { invocationId: `${RUN}/${n}`, agentId: BOB, outcome: 'success' },
    });

  it('that fail together are stored in order once the store works again, and close their intents', async () => {
    for (const n of [1, 2, 3]) await open(n);
    await end(1);
    failAppends(3);
    const results = await Promise.all([
      failure(end(2)),
      failure(end(3)),
      failure(trail.append(draft('note'))),
    ]);
    expect(results).toMatchObject([
      { code: 'OUTCOME_NOT_RECORDED' },
      { code: 'OUTCOME_NOT_RECORDED' },
      { code: 'STORE_FAILED' },
    ]);
    expect(trail.failure).toMatchObject({ code: 'STORE_FAILED' });
    await hour();
    expect(await outcomes(RUN)).toEqual(['1', '2', '3', 'note']);
    expect(await store.openIntents()).toEqual([]);
    expect(await trust.verifyTrail(RUN)).toEqual({ state: 'open', valid: false, entries: 4, problems: [] });
  });

  it('are stored late even if they come after others were stored late', async () => {
    for (const n of [1, 2]) await open(n);
    failAppends(1);
    await failure(end(1));
    await hour();
    expect(await outcomes(RUN)).toEqual(['1']);
    expect(await failure(end(2))).toMatchObject({ code: 'OUTCOME_NOT_RECORDED', isRetrying: true });
    await hour();
    expect(await outcomes(RUN)).toEqual(['1', '2']);
    trail.appendLate(draft('end'), {});
    await hour();
    expect(await outcomes(RUN)).toEqual(['1', '2', 'end']);
    expect(await store.openIntents()).toEqual([]);
    expect(await trust.verifyTrail(RUN)).toMatchObject({ state: 'open', entries: 3 });
  });

  it('that were stored although the answer was an error are adopted, and what comes later follows them', async () => {
    for (const n of [1, 2]) await open(n);
    failAppends(1, 'after');
    await Promise.all([failure(end(1)), failure(end(2))]);
    trail.appendLate(draft('end'), {});
    await hour();
    expect(await outcomes(RUN)).toEqual(['1', '2', 'end']);
    expect(await trust.verifyTrail(RUN)).toMatchObject({ state: 'open', entries: 3 });
  });

  it('that a late attempt stored although its answer was an error are adopted as well', async () => {
    await open(1);
    failAppends(1);
    await failure(end(1));
    failAppends(2, 'after');
    await hour();
    expect(await outcomes(RUN)).toEqual(['1']);
    expect(await store.openIntents()).toEqual([]);
    expect(await trust.verifyTrail(RUN)).toMatchObject({ state: 'open', entries: 1 });
  });

  it('are left to recover() of another process, if that one was first', async () => {
    for (const n of [1, 2]) await open(n);
    failAppends(1);
    await Promise.all([failure(end(1)), failure(end(2))]);
    await endProcess(trust);
    expect(await world.elsewhere({ store }).recover()).toHaveLength(2);
    const before = attempts();
    await hour();
    trail.appendLate(draft('end'), {});
    await hour();
    expect(await outcomes(RUN)).toEqual(['unknown', 'unknown']);
    expect(attempts()).toBe(before);
    expect(await trust.verifyTrail(RUN)).toMatchObject({ state: 'open', entries: 2 });
  });
});
