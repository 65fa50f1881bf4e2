import type { TrustedAgent } from '@kaizen-eatp/core';
import { SELECTIONS } from '@kaizen-eatp/registry';
import { expect, it } from 'vitest';
import { type Candidate, compareIn } from '../src/candidate-bucket.js';
import { CapabilityIndex } from '../src/capability-index.js';
import { World } from './world.js';

/** Counts how often the index looks at a candidate. */
class CountedCandidate implements Candidate {
  static looks = 0;
  constructor(
    private readonly place: number,
    readonly load: number,
  ) {}
  get sequence(): number {
    CountedCandidate.looks += 1;
    return this.place;
  }
}

function looksAmong(count: number, action: string): number {
  const index = new CapabilityIndex<CountedCandidate>();
  for (let i = 0; i < count; i++)
    index.add(new CountedCandidate(i, 0), [`skill_${i}`, i % 2 ? 'read_*' : 'write', '*_common']);
  CountedCandidate.looks = 0;
  const first = index.next(action, 'registration');
  const second = first && index.next(action, 'registration', first);
  if (first && second) expect(compareIn('registration', first, second)).toBeLessThan(0);
  return CountedCandidate.looks;
}

it.each(['skill_7', 'read_data', 'write', 'very_common', 'nothing'])(
  'looking up %s among 100,000 looks at no more than halving needs',
  (action) => {
    const few = looksAmong(10, action);
    const many = looksAmong(100_000, action);
    // Each of two lookups halves at most two lists of 100,000, which is 17 steps a list.
    expect(many - few).toBeLessThanOrEqual(2 * 2 * 17 * 2);
  },
);

it.each(SELECTIONS)('finding by %s verifies one agent, among 10 as among 2,000', async (selection) => {
  const world = (await World.make({ selection })).listen('selected');
  const found: (TrustedAgent | undefined)[] = [];
  for (const size of [10, 2_000]) {
    while (world.registry.size < size) {
      const i = world.registry.size;
      await world.register(`agent-${i}`, i % 2 ? 'odd_*' : 'even', `skill_${i}`);
    }
    for (const capability of ['odd_one', 'even', 'skill_9']) {
      world.verified.length = 0;
      found.push(await world.registry.findCapableAgent(capability));
      expect(world.verified).toHaveLength(1);
    }
  }
  expect(found.every(Boolean)).toBe(true);
  expect(world.events.map((event) => 'lookedAt' in event && event.lookedAt)).toEqual([1, 1, 1, 1, 1, 1]);
});

it('agents that went stale or were revoked are not looked at', async () => {
  const world = await World.make({ staleAfter: 1_000 });
  for (let i = 0; i < 50; i++) await world.register(`stale-${i}`, 'read');
  world.clock.pass(2_000);
  for (let i = 0; i < 50; i++) {
    const agent = await world.register(`revoked-${i}`, 'read');
    await world.trust.revoke({ agentId: agent.id, reason: 'left' });
  }
  const alice = await world.register('alice', 'read');
  world.verified.length = 0;
  expect(await world.registry.findCapableAgent('read')).toBe(alice);
  expect(world.verified).toEqual([alice.id]);
});
