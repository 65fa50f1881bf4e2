import { TrustedAgent } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import type { DurableRunFilter, TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { openIntent } from './open-intent.js';
import { ALICE, failure, World } from './world.js';

const FAILS_NOW = new StoreError('STORE_FAILED', 'The connection was lost', {
  remedy: 'Try again.',
  evidence: { retryable: true, outcome: 'unknown' },
});

/** Takes each name of an owner once, and can lose the answer. */
class LosesAnswers extends ForwardingStore {
  losing = 0;
  readonly #names = new Set<string>();

  override async announceOwner(owner: string) {
    if (this.#names.has(owner)) throw new Error(`${owner} is announced already`);
    this.#names.add(owner);
    const leave = await super.announceOwner(owner);
    if (this.losing-- > 0) throw FAILS_NOW;
    return leave;
  }
}

/** Keeps no durable runs that can be read: for now, or at all. */
class WithoutRuns extends ForwardingStore {
  constructor(
    inner: TrustStore,
    readonly find: (filter: DurableRunFilter) => Promise<never>,
  ) {
    super(inner);
  }

  override findRuns(filter: DurableRunFilter): Promise<never> {
    return this.find(filter);
  }
}

it('a process whose announcement was stored, and not answered, announces itself under another name', async () => {
  const world = await World.create();
  await world.establish(ALICE, []);
  const store = new LosesAnswers(world.store);
  store.losing = 2;
  const trust = world.elsewhere({ store });
  const agent = new TrustedAgent({ name: 'alice', trust, agent: () => 'done' });
  for (let i = 0; i < 2; i++) expect(await failure(agent.run(1))).toMatchObject({ code: 'STORE_FAILED' });
  expect(await agent.run(1)).toBe('done');
});

it('recover() closes nothing while it cannot be known which runs are durable', async () => {
  const world = await World.create();
  await world.establish('agent-bob', ['read']);
  await openIntent(world.trust, 'run-1/1');
  const store = new WithoutRuns(world.store, () => Promise.reject(FAILS_NOW));
  expect(await failure(world.elsewhere({ store }).recover())).toMatchObject({ code: 'STORE_FAILED' });
  expect(await world.store.openIntents()).toHaveLength(1);
});

it('recover() closes intents in a store that keeps no durable runs', async () => {
  const world = await World.create();
  await world.establish('agent-bob', ['read']);
  await openIntent(world.trust, 'run-1/1');
  const store = new WithoutRuns(world.store, (filter) => {
    // The default of a store that does not implement it.
    const { findRuns } = Object.getPrototypeOf(ForwardingStore.prototype) as TrustStore;
    return findRuns.call(world.store, filter) as Promise<never>;
  });
  expect(await world.elsewhere({ store }).recover()).toEqual(['run-1/1']);
});
