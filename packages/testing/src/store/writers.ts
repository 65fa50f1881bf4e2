import { EatpError } from '@kaizen-eatp/core';
import type { StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { expectSame, expectThat } from './expectations.js';
import { appendAnchor, chainText, entries, entryAfter, openIntent, putChain } from './samples.js';
import type { StoreTrial } from './store-trial.js';
import { expectLinked } from './trails.js';

const WRITERS = 16;

/** Many change one chain from the same version at once: one succeeds, the others are refused. */
export const losesNoUpdate = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    await stores[0].commit([putChain('agent-alice')]);
    const [chain] = await stores[1].readChains(['agent-alice']);
    const outcomes = await race(stores, (i) => [
      putChain('agent-alice', chain?.version ?? '', chainText('agent-alice', `writer ${i}`)),
    ]);
    const winner = expectOneWinner('writers of one chain', outcomes, 'STORE_CONFLICT');
    const [after] = await stores[0].readChains(['agent-alice']);
    expectSame('the chain', after?.text, chainText('agent-alice', `writer ${winner}`));
  });

/** Many append at one place at once: one gets through, and the trail has no fork. */
export const forksNoTrail = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    const [first] = entries('run-1', 1);
    await stores[0].commit([appendAnchor(first as never)]);
    const outcomes = await race(stores, (i) => [appendAnchor(entryAfter('run-1', first, `aud-writer-${i}`))]);
    const winner = expectOneWinner('writers at one place of a trail', outcomes, 'TRAIL_FORK');
    const trail = await stores[1].readTrail('run-1');
    expectSame(
      'the trail',
      trail.map((entry) => entry.anchorId),
      ['aud-1', `aud-writer-${winner}`],
    );
    expectLinked(trail);
  });

/** Appends after the head, whatever it is by then. */
async function appendAtEnd(store: TrustStore, anchorId: string): Promise<void> {
  for (;;) {
    const entry = entryAfter('shared', await store.trailHead('shared'), anchorId);
    const error: unknown = await store.commit([appendAnchor(entry)]).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) return;
    if (!(error instanceof EatpError && error.code === 'TRAIL_FORK')) throw error;
  }
}

/** Many append to one trail at once, each again if another was first: every one is there in the end, in one sequence. */
export const sharesOneTrail = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    const writers = Array.from({ length: WRITERS }, (_, i) =>
      appendAtEnd(stores[i % stores.length] as TrustStore, `aud-${i}`),
    );
    const outcomes = await Promise.allSettled(writers);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
    expectThat(`a writer of the shared trail was refused: ${String(refused)}`, refused === undefined);
    const trail = await stores[1].readTrail('shared');
    const anchors = new Set(trail.map((entry) => entry.anchorId));
    expectSame(
      'entries, and different ones, of the shared trail',
      [trail.length, anchors.size],
      [WRITERS, WRITERS],
    );
    expectLinked(trail);
  });

/** Many record the outcome of one invocation at once, as processes that recover after a crash do. */
export const recordsOneOutcome = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    await stores[0].commit([openIntent('call-1', 'shared')]);
    const outcomes = await race(stores, (i) => [
      // Each on a trail of its own, so that no writer is refused for a place.
      appendAnchor(entryAfter(`shared-${i}`, undefined, `aud-${i}`), 'call-1'),
    ]);
    const winner = expectOneWinner('writers of one outcome', outcomes, 'STORE_CONFLICT');
    const trails = await Promise.all(outcomes.map((_, i) => stores[1].readTrail(`shared-${i}`)));
    expectSame(
      'the outcomes',
      trails.flat().map((entry) => entry.anchorId),
      [`aud-${winner}`],
    );
  });

/** @returns what each writer was refused with; undefined for one that got through. */
function race(stores: readonly TrustStore[], batch: (writer: number) => StoreWrite[]): Promise<unknown[]> {
  return Promise.all(
    Array.from({ length: WRITERS }, (_, i) =>
      (stores[i % stores.length] as TrustStore).commit(batch(i)).then(
        () => undefined,
        (error: unknown) => error,
      ),
    ),
  );
}

function expectOneWinner(what: string, outcomes: readonly unknown[], code: string): number {
  const winners = [...outcomes.keys()].filter((i) => outcomes[i] === undefined);
  expectSame(`${what} that were acknowledged, of ${outcomes.length}`, winners.length, 1);
  const odd = outcomes.find(
    (error) => error !== undefined && !(error instanceof EatpError && error.code === code),
  );
  expectThat(`the others must be refused with ${code}, but one was with: ${String(odd)}`, odd === undefined);
  return winners[0] as number;
}
