import { SHARED_TRAIL } from '@kaizen-eatp/core';
import type { TrailEntry } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { FailingStore } from '../runtime/failing-store.js';
import { World } from '../runtime/world.js';

/** A store whose trails were cut behind its back. */
class CutStore extends FailingStore {
  cut: (entries: TrailEntry[]) => TrailEntry[] = (entries) => entries;

  override async readTrail(trailId: string, { afterSequence = 0, limit = Number.POSITIVE_INFINITY } = {}) {
    const entries = this.cut(await super.readTrail(trailId));
    return entries.filter(({ sequence }) => sequence > afterSequence).slice(0, limit);
  }
}

const without = (entries: TrailEntry[], at: number): TrailEntry[] => entries.filter((_, i) => i !== at);
/** Each entry keeps its place, and gets the content of another. */
const moved = (entries: TrailEntry[], from: readonly number[]): TrailEntry[] =>
  entries.map((entry, i) => ({ ...(entries[from[i] ?? i] as TrailEntry), sequence: entry.sequence }));

const CUTS: readonly [string, (entries: TrailEntry[]) => TrailEntry[], run: string, shared: string][] = [
  ['the first anchor is removed', (e) => without(e, 0), 'broken', 'broken'],
  ['an anchor in the middle is removed', (e) => without(e, 1), 'broken', 'broken'],
  ['the last anchor is removed', (e) => e.slice(0, -1), 'open', 'open'],
  ['every anchor is removed', () => [], 'missing', 'missing'],
  ['two anchors are swapped', (e) => moved(e, [1, 0]), 'broken', 'broken'],
  [
    'an anchor is repeated at the end',
    (e) => [...e, { ...(e.at(-1) as TrailEntry), sequence: e.length + 1 }],
    'broken',
    'broken',
  ],
  ['an anchor is repeated in place of the next', (e) => moved(e, [0, 0]), 'broken', 'broken'],
];

async function used() {
  const store = new CutStore();
  const world = await World.make({ store });
  const agents = [await world.agent('alice'), await world.agent('bob')];
  const { runId } = await world.execute(agents, async ({ agents: [a, b], input, invoke, delegate }) => {
    const letters = await invoke(a!, input);
    await delegate(a!, b!);
    return invoke(b!, letters);
  });
  for (let i = 0; i < 4; i++) await agents[0]?.run(i);
  return { store, trust: world.trust, runId };
}

describe('verifyTrail', () => {
  it('says of a whole trail of a run that it is ended, and of the shared trail that it is open', async () => {
    const { trust, runId } = await used();
    expect(await trust.verifyTrail(runId)).toEqual({ state: 'ended', valid: true, entries: 3, problems: [] });
    expect(await trust.verifyTrail()).toEqual({ state: 'open', valid: false, entries: 4, problems: [] });
  });

  it('says of a run that never was that it is missing', async () => {
    const { trust } = await used();
    expect(await trust.verifyTrail('run-never')).toEqual({
      state: 'missing',
      valid: false,
      entries: 0,
      problems: [],
    });
  });

  it.each(CUTS)('finds no trail ended or valid of which %s', async (_what, cut, run, shared) => {
    const { store, trust, runId } = await used();
    store.cut = cut;
    for (const [trailId, state] of [
      [runId, run],
      [SHARED_TRAIL, shared],
    ] as const) {
      const found = await trust.verifyTrail(trailId);
      expect(found, trailId).toMatchObject({ state, valid: false });
      if (state !== 'broken') continue;
      expect(found.problems.length, trailId).toBeGreaterThan(0);
    }
  });

  it('reports an anchor after the end of a run', async () => {
    const { store, trust, runId } = await used();
    const stored = await store.readTrail(runId);
    const ending = stored.at(-1) as TrailEntry;
    store.cut = (entries) => [...entries, { ...ending, sequence: 4, previousHash: ending.hash }];
    const { problems } = await trust.verifyTrail(runId);
    expect(problems.map(({ code }) => code)).toContain('AFTER_END');
  });
});

describe('the shared trail', () => {
  it('signs the place of every anchor', async () => {
    const { store } = await used();
    const entries = await store.readTrail(SHARED_TRAIL);
    expect(entries.map(({ text }) => JSON.parse(text).context.trail)).toEqual(
      entries.map(({ sequence, previousHash }) => ({
        id: SHARED_TRAIL,
        sequence,
        previous: previousHash,
      })),
    );
  });

  it('rejects one anchor that cannot be stored and keeps those that were stored with it', async () => {
    const { store, trust } = await used();
    store.arm((writes) => {
      if (writes.some((write) => write.op === 'append_anchor' && write.entry.text.includes('poison')))
        throw Object.assign(new Error('a character that the store cannot keep'), { code: 'X' });
    });
    const audit = (resource: string) =>
      trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success', resource });
    const outcomes = await Promise.allSettled(['a', 'poison', 'b'].map(audit));
    expect(outcomes.map(({ status }) => status).filter((status) => status === 'rejected')).not.toEqual([]);
    expect((await trust.verifyTrail()).problems).toEqual([]);
  });
});
