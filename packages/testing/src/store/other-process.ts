import type { TrustStore } from '@kaizen-eatp/core/store';
import { within } from '../conformance/within.js';
import { batchOf, everything, partsOf, writeEverything } from './durability.js';
import { expectSame, expectThat } from './expectations.js';
import { openElsewhere, type StoreElsewhere } from './store-elsewhere.js';
import { type OpenPlace, PATIENCE, type StoreTrial } from './store-trial.js';

/** After how many acknowledged batches the process is killed, while it writes more of them. */
const KILLED_AFTER = { quick: [1, 7], full: [1, 2, 3, 5, 7, 11, 17, 23, 31, 37] } as const;
const BATCHES = 40;

/** Checks that one process reads the writes of another, and that the acknowledged writes of a killed process are there. */
export async function reopensInAnotherProcess(trial: StoreTrial): Promise<undefined> {
  await trial.inPlace((place) => readsWhatAnotherWrote(trial, place));
  for (const batches of KILLED_AFTER[trial.thoroughness])
    await trial.inPlace((place) => survivesAKill(trial, place, batches));
  return undefined;
}

async function elsewhere<T>(
  trial: StoreTrial,
  place: OpenPlace,
  work: (there: StoreElsewhere) => Promise<T>,
): Promise<T> {
  const there = await openElsewhere(trial.module as string, place.argument);
  try {
    return await work(there);
  } finally {
    await there.kill();
  }
}

async function readsWhatAnotherWrote(trial: StoreTrial, place: OpenPlace): Promise<void> {
  const before = await elsewhere(trial, place, async ({ store }) => {
    await writeEverything(store);
    return everything(store);
  });
  const inThird = await elsewhere(trial, place, ({ store }) => everything(store));
  const here = await everything(await place.open());
  for (const [what, value] of Object.entries(before)) {
    expectSame(`${what}, read in another process after the first was killed`, inThird[what], value);
    expectSame(`${what}, read in the process of the suite after the others were killed`, here[what], value);
  }
}

async function survivesAKill(trial: StoreTrial, place: OpenPlace, killedAfter: number): Promise<void> {
  const acknowledged = new Set<number>();
  await elsewhere(trial, place, async ({ store, kill }) => {
    const enough = Promise.withResolvers<void>();
    const commits = Array.from({ length: BATCHES }, async (_, i) => {
      await store.commit(batchOf(i));
      acknowledged.add(i);
      if (acknowledged.size >= killedAfter) enough.resolve();
    });
    const ended = Promise.allSettled(commits);
    await within(Promise.race([enough.promise, ended]), PATIENCE);
    await kill();
    // Those that were not acknowledged reject now.
    await ended;
  });
  expectThat('no commit was acknowledged before the process was killed', acknowledged.size > 0);
  const reopened: TrustStore = await place.open();
  for (let i = 0; i < BATCHES; i++) {
    const parts = await partsOf(reopened, i);
    const isWhole = parts.every(Boolean);
    expectThat(
      `batch ${i} is there in part after its process was killed: ${JSON.stringify(parts)}`,
      isWhole || !parts.some(Boolean),
    );
    expectThat(
      `batch ${i} was acknowledged, and is gone after its process was killed`,
      isWhole || !acknowledged.has(i),
    );
  }
}
