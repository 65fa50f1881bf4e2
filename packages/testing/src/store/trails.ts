import {
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
  type TrustStore,
} from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import { appendAnchor, entries, entryAfter } from './samples.js';

/** A trail is read as it was written, whole or a page at a time, and ends at its head. */
export async function keepsTrails(store: TrustStore): Promise<void> {
  const written = entries('run-1', 5);
  await store.commit(written.slice(0, 2).map((entry) => appendAnchor(entry)));
  for (const entry of written.slice(2)) await store.commit([appendAnchor(entry)]);
  await store.commit([appendAnchor(entryAfter('run-2', undefined, 'aud-other'))]);
  expectSame('readTrail', await store.readTrail('run-1'), written);
  const pages = [
    await store.readTrail('run-1', { limit: 2 }),
    await store.readTrail('run-1', { afterSequence: 2, limit: 2 }),
    await store.readTrail('run-1', { afterSequence: 4, limit: 2 }),
    await store.readTrail('run-1', { afterSequence: 5 }),
  ];
  expectSame(
    'pages of a trail',
    pages.map((page) => page.map((entry) => entry.sequence)),
    [[1, 2], [3, 4], [5], []],
  );
  const head = await store.trailHead('run-1');
  expectSame('trailHead', [head?.sequence, head?.hash], [5, written[4]?.hash]);
}

/** No entry is taken anywhere but after the head. */
export async function refusesForks(store: TrustStore): Promise<void> {
  const [first, second, third] = entries('run-1', 3) as [TrailEntry, TrailEntry, TrailEntry];
  await store.commit([appendAnchor(first), appendAnchor(second)]);
  const refused = (what: string, ...writes: StoreWrite[]): Promise<void> =>
    expectRefusal(what, store.commit(writes), 'TRAIL_FORK');
  await refused('an entry at a place that is taken', appendAnchor(entryAfter('run-1', first, 'aud-fork')));
  await refused('an entry with another previous hash', appendAnchor({ ...third, previousHash: first.hash }));
  await refused('an entry that leaves a gap', appendAnchor({ ...third, sequence: 4 }));
  await refused(
    'a first entry where there is one',
    appendAnchor(entryAfter('run-1', undefined, 'aud-start')),
  );
  await refused(
    'a trail that does not start at the start',
    appendAnchor({ ...first, trailId: 'run-2', previousHash: third.hash }),
  );
  const start = { ...first, trailId: 'run-3' };
  await refused(
    'a fork within a batch',
    appendAnchor(start),
    appendAnchor({ ...start, anchorId: 'aud-twin' }),
  );
  expectSame('the trail after all that', await store.readTrail('run-1'), [first, second]);
}

/** @throws Error unless the entries are one sequence from 1, each linked to the one before. */
export function expectLinked(trail: readonly TrailEntry[]): void {
  let previous = TRAIL_START;
  for (const [i, entry] of trail.entries()) {
    expectSame(`the place of entry ${i + 1}`, entry.sequence, i + 1);
    expectSame(`what entry ${i + 1} follows`, entry.previousHash, previous);
    previous = linkHash(previous, entry.text);
    expectSame(`the hash of entry ${i + 1}`, entry.hash, previous);
  }
}
