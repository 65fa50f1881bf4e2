import type { StoreWrite, TrailEntry, TrustStore } from '@kaizen-eatp/core/store';
import { within } from '../conformance/within.js';
import { expectSame, expectThat } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  appendStatement,
  deactivateChain,
  entries,
  entryAfter,
  openIntent,
  putAuthority,
  putChain,
  revoke,
  statements,
} from './samples.js';
import { type OpenPlace, PATIENCE, type StoreTrial } from './store-trial.js';

/** Acknowledged writes of every kind are there after a crash. */
export const keepsWhatItAcknowledged = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const store = await place.open();
    await writeEverything(store);
    const before = await everything(store);
    const after = await everything(await place.crashAndReopen(store));
    for (const [what, value] of Object.entries(before))
      expectSame(`${what} after a crash`, after[what], value);
  });

/** Writes records of every kind, in several commits. */
export async function writeEverything(store: TrustStore): Promise<void> {
  const [anchor] = entries('run-1', 1) as [TrailEntry];
  await store.commit([putAuthority('org-acme'), putChain('agent-alice'), putChain('agent-bob')]);
  await store.commit([
    addDelegation('del-1', { person: 'person-1' }),
    addDelegation('del-2', { runId: 'run-1' }),
  ]);
  await store.commit([openIntent('run-1/1'), openIntent('run-1/2'), { op: 'put_disclosure', disclosure }]);
  await store.commit([
    appendAnchor(anchor, 'run-1/1'),
    appendAnchor(entryAfter('shared', undefined, 'aud-shared')),
  ]);
  await store.commit([
    deactivateChain('agent-bob'),
    revoke('person', 'person-1'),
    { op: 'close_delegations', runId: 'run-1' },
  ]);
  await store.commit(statements(3).map(appendStatement));
}

const disclosure = { digest: '1'.repeat(64), person: 'person-1', salt: 'salt', text: '{}' };

/** Reads what {@link writeEverything} wrote. */
export async function everything(store: TrustStore): Promise<Record<string, unknown>> {
  const chains = await store.readChains(['agent-alice', 'agent-bob']);
  const [authority] = await store.readAuthorities(['org-acme']);
  return {
    'the authority': authority?.text,
    'the chains': chains.map((chain) => chain && [chain.text, chain.active]),
    'the delegations': await store.findDelegations({ taskId: 'task-1' }),
    'the disclosure': await store.readDisclosures([disclosure.digest]),
    'the statements': await store.readStatements(),
    'the open intents': await store.openIntents(),
    'the run’s trail': await store.readTrail('run-1'),
    'the shared trail': await store.readTrail('shared'),
    'the revocations': await store.readRevocations('person', ['person-1']),
  };
}

const BATCHES = 40;

/** Turns of the event loop between the first acknowledgement and the crash, so that it falls into different steps. */
const CRASH_POINTS = [0, 3, 10, 30, 100, 300];

/** A crash among many commits leaves each of them whole or absent, and those that were acknowledged whole. */
export async function crashesBetweenBatches(trial: StoreTrial): Promise<undefined> {
  for (const turns of CRASH_POINTS) await trial.inPlace((place) => crashAfter(place, turns));
}

async function crashAfter(place: OpenPlace, turns: number): Promise<void> {
  const store = await place.open();
  const acknowledged = new Set<number>();
  const someone = Promise.withResolvers<void>();
  const commits = Array.from({ length: BATCHES }, async (_, i) => {
    await store.commit(batchOf(i));
    acknowledged.add(i);
    someone.resolve();
  });
  // After the crash they may fail, or never end.
  const ended = Promise.allSettled(commits);
  await within(someone.promise, PATIENCE);
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  const known = new Set(acknowledged);
  const reopened = await place.crashAndReopen(store);
  await within(ended, PATIENCE);
  for (let i = 0; i < BATCHES; i++) {
    const parts = await partsOf(reopened, i);
    const isWhole = parts.every(Boolean);
    expectThat(
      `batch ${i} is there in part after a crash: ${JSON.stringify(parts)}`,
      isWhole || !parts.some(Boolean),
    );
    expectThat(`batch ${i} was acknowledged, and is gone after a crash`, isWhole || !known.has(i));
  }
}

/** A batch with records of several kinds. */
export const batchOf = (i: number): StoreWrite[] => [
  putChain(`agent-${i}`),
  addDelegation(`del-${i}`),
  openIntent(`run-${i}/1`, `run-${i}`),
  appendAnchor(entryAfter(`shared-${i}`, undefined, `aud-${i}`)),
];

/** Which parts of a batch are there. */
export async function partsOf(store: TrustStore, i: number): Promise<boolean[]> {
  const [chain] = await store.readChains([`agent-${i}`]);
  const path = await store.readDelegationPath(`del-${i}`);
  const intents = await store.openIntents({ trailId: `run-${i}` });
  const trail = await store.readTrail(`shared-${i}`);
  return [
    chain !== undefined,
    path.length > 0,
    intents.length > 0,
    trail.some((entry) => entry.anchorId === `aud-${i}`),
  ];
}
