import { randomUUID } from 'node:crypto';
import type { StoreWrite, TrailEntry, TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import { appendAnchor, entries, entryAfter, intent, openIntent } from './samples.js';
import type { StoreTrial } from './store-trial.js';

export async function refusesSecondIntent(store: TrustStore): Promise<void> {
  await store.commit([openIntent('run-1/1')]);
  const again = store.commit([openIntent('run-1/1', 'run-2')]);
  await expectRefusal('a second intent of one invocation', again, 'STORE_CONFLICT');
  expectSame('the first', await store.openIntents(), [intent('run-1/1')]);
  const method = { ...intent('run-1/2'), method: 'vote', resource: 'r', person: 'person-1', attempt: 2 };
  await store.commit([{ op: 'open_intent', intent: method }]);
  const second = (await store.openIntents())[1];
  expectSame('an intent that calls a method for a person, for the second time', second, method);
}

/** An invocation has one outcome: nothing is appended that would be a second. */
export async function closesIntentsOnce(store: TrustStore): Promise<void> {
  const [first, second] = entries('run-1', 2) as [TrailEntry, TrailEntry];
  await store.commit([openIntent('run-1/1'), appendAnchor(first, 'run-1/1')]);
  const [outside, next] = entries('shared', 2) as [TrailEntry, TrailEntry];
  const again = appendAnchor(outside, 'run-1/1');
  const refusals = {
    'a second outcome of an invocation in its run': [appendAnchor(second, 'run-1/1')],
    'a second outcome of an invocation outside runs': [again],
    'an outcome of what was never begun': [appendAnchor(outside, 'run-9/9')],
    'two outcomes of an invocation in one batch': [
      openIntent('call-1', 'shared'),
      appendAnchor(outside, 'call-1'),
      appendAnchor(next, 'call-1'),
    ],
  };
  for (const [what, batch] of Object.entries(refusals))
    await expectRefusal(what, store.commit(batch), 'STORE_CONFLICT');
  expectSame('the trail of the run', await store.readTrail('run-1'), [first]);
  expectSame('the trail outside runs', await store.readTrail('shared'), []);
  expectSame('open intents', await store.openIntents(), []);
}

/** An intent is open until an anchor closes it. */
export async function closesIntents(store: TrustStore): Promise<void> {
  for (const id of ['run-1/2', 'run-1/1']) await store.commit([openIntent(id)]);
  await store.commit([openIntent('call-1', 'shared')]);
  const open = async (filter?: { trailId: string }): Promise<string[]> =>
    (await store.openIntents(filter)).map((each) => each.invocationId);
  expectSame('open intents, oldest first', await open(), ['run-1/2', 'run-1/1', 'call-1']);
  expectSame('open intents of a trail', await open({ trailId: 'run-1' }), ['run-1/2', 'run-1/1']);
  const [first, second] = entries('run-1', 2) as [TrailEntry, TrailEntry];
  await store.commit([appendAnchor(first, 'run-1/1')]);
  expectSame('after an anchor of the run closed one', await open(), ['run-1/2', 'call-1']);
  await store.commit([appendAnchor(entryAfter('shared', undefined, 'aud-shared'), 'call-1')]);
  expectSame('after an anchor outside runs closed one', await open(), ['run-1/2']);
  await store.commit([appendAnchor(second)]);
  expectSame('after an anchor that closes none', await open(), ['run-1/2']);
}

const openBy = (owner: string, invocationId: string): StoreWrite => ({
  op: 'open_intent',
  intent: { ...intent(invocationId), owner },
});

/** An owner lives until it says otherwise or its process ends; an owner that is retired opens no more intents. */
export const knowsOwners = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [store, observer] = await place.openTwo();
    const [live, left] = [randomUUID(), randomUUID()];
    await store.announceOwner(live);
    const leave = await store.announceOwner(left);
    const asked = [live, left, 'never announced'];
    expectSame('the owners that have ended', await observer.findGoneOwners(asked), ['never announced']);
    await leave();
    const gone = (await observer.findGoneOwners(asked)).sort();
    expectSame('the owners that have ended, after one has left', gone, [left, 'never announced'].sort());
    await store.commit([openBy(left, 'run-1/1')]);
    await observer.commit([{ op: 'retire_owner', owner: left }]);
    await observer.commit([{ op: 'retire_owner', owner: left }]);
    const late = store.commit([openBy(left, 'run-1/2')]);
    await expectRefusal('an intent of a retired owner', late, 'STORE_NOT_OWNER');
    await store.commit([openBy(live, 'run-2/1')]);
    const open = (await observer.openIntents()).map(({ invocationId }) => invocationId);
    expectSame('the open intents after an owner was retired', open, ['run-1/1', 'run-2/1']);
  });
