import type { TrailEntry, TrustStore } from '@kaizen-eatp/core';
import { expectRefusal, expectSame } from './expectations.js';
import { appendAnchor, appendShared, entries, intent, openIntent } from './samples.js';

export async function refusesSecondIntent(store: TrustStore): Promise<void> {
  await store.commit([openIntent('run-1/1')]);
  const second = store.commit([openIntent('run-1/1', 'run-2')]);
  await expectRefusal('a second intent of one invocation', second, 'STORE_CONFLICT');
  expectSame('the first', await store.openIntents(), [intent('run-1/1')]);
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
  await store.commit([appendShared('shared', 'aud-shared', { closesIntent: 'call-1' })]);
  expectSame('after an anchor outside runs closed one', await open(), ['run-1/2']);
  await store.commit([appendAnchor(second)]);
  expectSame('after an anchor that closes none', await open(), ['run-1/2']);
}
