import type { TrustStore } from '@kaizen-eatp/core/store';
import {
  formatReport,
  type StoreAbilities,
  type StorePlaceFactory,
  trustStoreConformance,
  trustStoreRequirements,
} from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { findingsAboutStore } from '../src/store/store-conformance.js';
import { AcceptsAgain } from './broken-stores/accepts-again.js';
import * as badly from './broken-stores/badly-maintained.js';
import { AcknowledgesEarly, JournalsInParts } from './broken-stores/broken-journals.js';
import { ClosesAgain } from './broken-stores/closes-again.js';
import { ClosesNothing } from './broken-stores/closes-nothing.js';
import { CommitsInParts } from './broken-stores/commits-in-parts.js';
import { ForgetsRevocations } from './broken-stores/forgets-revocations.js';
import { ForksTrails } from './broken-stores/forks-trails.js';
import { deafPlace } from './broken-stores/hears-only-itself.js';
import * as lists from './broken-stores/lists-wrong.js';
import * as loose from './broken-stores/loose-stores.js';
import * as overlooked from './broken-stores/overlooked.js';
import { OverwritesAuthorities } from './broken-stores/overwrites-authorities.js';
import { OverwritesChains } from './broken-stores/overwrites-chains.js';
import * as rarely from './broken-stores/rarely-wrong.js';
import { ReparsesTexts } from './broken-stores/reparses-json.js';
import { JournalStore, journalModule, journalPlace } from './journal-store.js';
import { maintainedPlace } from './maintained-store.js';
import { memoryPlace } from './memory-place.js';

interface Broken {
  readonly place: StorePlaceFactory;
  readonly abilities?: StoreAbilities;
  /** Opens the store in another process. */
  readonly module?: URL;
  /** Every requirement that fails, and no other, with what its reason must say. */
  readonly fails: Readonly<Record<string, RegExp>>;
}

type StoreClass = new (inner: TrustStore) => TrustStore;
const inMemory = (Store: StoreClass): StorePlaceFactory => memoryPlace((inner) => new Store(inner));
const inJournal = (Journal: typeof JournalStore): Pick<Broken, 'place' | 'abilities'> => ({
  place: journalPlace(Journal),
  abilities: { reopen: true },
});

const maintained = (Store: Parameters<typeof maintainedPlace>[0]): Pick<Broken, 'place' | 'abilities'> => ({
  place: maintainedPlace(Store),
  abilities: { maintenance: true },
});

const BROKEN: Readonly<Record<string, Broken>> = {
  'forks trails': {
    place: inMemory(ForksTrails),
    fails: {
      'STORE-RUN-PAGES': /all runs, the newest first/,
      'STORE-RUN-FILTERS': /a run that ended/,
      'STORE-WRITERS-TRAIL': /writers at one place .* expected 1, got 16/,
      'STORE-WRITERS-SHARED-TRAIL': /the place of entry 2: expected 2, got 1/,
    },
  },
  'loses updates of chains': {
    place: inMemory(OverwritesChains),
    fails: {
      'STORE-CHAIN-VERSIONS': /a second chain where none may be: .* but it was accepted/,
      'STORE-WRITERS-CHAIN': /writers of one chain .*: expected 1, got 16/,
      'STORE-COMPARES-EACH-TIME': /in round 1 of 300: expected 1, got 8/,
    },
  },
  'loses updates of authorities': {
    place: inMemory(OverwritesAuthorities),
    fails: { 'STORE-AUTHORITY-VERSIONS': /a second authority of one id: .* accepted/ },
  },
  'commits in parts': {
    place: inMemory(CommitsInParts),
    fails: {
      'STORE-READ-ONE-MOMENT': /what one request saw/,
      'STORE-ALL-OR-NOTHING': /what is stored after a refused batch/,
      'STORE-STATEMENTS-NO-FORK': /the statements after all that/,
      'STORE-INTENT-CLOSES-ONCE': /the trail outside runs: expected \[\], got/,
    },
  },
  're-encodes texts': {
    place: inMemory(ReparsesTexts),
    fails: { 'STORE-TEXT-EXACT': /integers of 64 bits and more in a chain: expected .*9223372036854775807/ },
  },
  'writes lone surrogates as U+FFFD': {
    place: inMemory(loose.EncodesLoosely),
    fails: { 'STORE-IDS': /the id of an agent with a lone high surrogate: .* accepted/ },
  },
  'forgets revocations': {
    place: inMemory(ForgetsRevocations),
    fails: {
      'STORE-READ': /the revocations of a request/,
      'STORE-READ-ONE-MOMENT': /what one request saw/,
      'STORE-IDS': /revocations of ids that differ little/,
      'STORE-REVOCATIONS': /the revocation of an agent: expected \[.*mallory.*\], got \[\]/,
      'STORE-MANY-ROWS': /revocations that are asked for: expected 1250, got 0/,
    },
  },
  'closes nothing': {
    place: inMemory(ClosesNothing),
    fails: {
      'STORE-DELEGATION-CLOSE': /after the run has ended: expected \["closed"/,
      'STORE-DELEGATION-OFFER': /after the task has ended/,
      'STORE-INTENTS': /after an anchor of the run closed one/,
      'STORE-INTENT-CLOSES-ONCE': /a second outcome of an invocation in its run: .* accepted/,
      'STORE-WRITERS-OUTCOME': /writers of one outcome .* expected 1, got 16/,
    },
  },
  'accepts an offer again': {
    place: inMemory(AcceptsAgain),
    fails: { 'STORE-DELEGATION-OFFER': /those who accept one offer succeed: expected 1, got 8/ },
  },
  'takes a second outcome of an invocation': {
    place: inMemory(ClosesAgain),
    fails: {
      'STORE-INTENT-CLOSES-ONCE': /a second outcome of an invocation in its run: .* accepted/,
      'STORE-WRITERS-OUTCOME': /writers of one outcome .* expected 1, got/,
    },
  },
  'throws for what is not there': {
    place: inMemory(loose.ThrowsForNothing),
    fails: { 'STORE-READS-NOTHING': /no such trail/ },
  },
  'answers a request in turns': {
    place: inMemory(loose.ReadsInTurns),
    fails: { 'STORE-READ-ONE-MOMENT': /what one request saw/ },
  },
  'remembers an old head of the statements': {
    place: inMemory(loose.KeepsOldHeads),
    fails: { 'STORE-STATEMENTS': /for a request that does not ask/ },
  },
  'puts a statement where it does not belong': {
    place: inMemory(loose.RelinksStatements),
    fails: { 'STORE-STATEMENTS-NO-FORK': /a first statement where there is one: .* accepted/ },
  },
  'leaves out chains that are not there': {
    place: inMemory(loose.LeavesGapsOut),
    fails: {
      'STORE-READ': /the chains of a request/,
      'STORE-CHAINS': /readChains, in the order of the ids: expected/,
    },
  },
  'sorts authorities': {
    place: inMemory(loose.SortsAuthorities),
    fails: {
      'STORE-READ': /the authorities of a request/,
      'STORE-AUTHORITIES': /in the order of the ids/,
    },
  },
  'removes chains that have ended': {
    place: inMemory(loose.RemovesEndedChains),
    fails: { 'STORE-CHAIN-ENDS': /the chain that was ended: expected \[false/ },
  },
  'repeats the end of a page': {
    place: inMemory(loose.RepeatsPageEnds),
    fails: { 'STORE-CHAIN-PAGES': /each once/, 'STORE-MANY-ROWS': /pages of chains do not end/ },
  },
  'pages trails off by one': {
    place: inMemory(loose.PagesOffByOne),
    fails: { 'STORE-TRAIL-IN-ORDER': /pages of a trail/ },
  },
  'puts an entry where it does not belong': {
    place: inMemory(loose.RelinksEntries),
    fails: { 'STORE-TRAIL-NO-FORK': /a first entry where there is one: .* accepted/ },
  },
  'leaves a shared trail unlinked': {
    place: inMemory(loose.UnlinkedSharedTrail),
    fails: { 'STORE-WRITERS-SHARED-TRAIL': /the hash of entry 1/ },
  },
  'refuses writers of a busy shared trail': {
    place: inMemory(loose.RefusesBusyTrails),
    fails: { 'STORE-WRITERS-SHARED-TRAIL': /a writer of the shared trail was refused: .*busy/ },
  },
  'ignores a second delegation of an id': {
    place: inMemory(loose.IgnoresSecondDelegations),
    fails: {
      'STORE-ALL-OR-NOTHING': /whose id is taken: .* accepted/,
      'STORE-DELEGATION-UNIQUE': /a second delegation of one id: .* accepted/,
    },
  },
  'loses what binds a delegation': {
    place: inMemory(loose.LosesNonces),
    fails: { 'STORE-DELEGATION-BINDING': /with bindings and of one without: expected .*"nonce":"n-1"/ },
  },
  'keeps the data of a person who was erased': {
    place: inMemory(loose.ErasesNobody),
    abilities: { durableRuns: true },
    fails: {
      'STORE-DISCLOSURES': /the count after an erasure/,
      'STORE-RUNS-ERASED': /the count of runs after the erasure/,
      'STORE-RUNS-LISTED': /runs that an erasure ended/,
    },
  },
  'takes intents of owners that were retired': {
    place: inMemory(loose.RetiresNobody),
    fails: { 'STORE-OWNERS': /an intent of a retired owner: .* accepted/ },
  },
  'takes every owner for ended': {
    place: inMemory(loose.FindsAllGone),
    fails: { 'STORE-OWNERS': /the owners that have ended/ },
  },
  'ignores a second intent of an invocation': {
    place: inMemory(loose.IgnoresSecondIntents),
    fails: { 'STORE-INTENT-UNIQUE': /a second intent of one invocation: .* accepted/ },
  },
  'holds a batch against the past only': {
    place: inMemory(loose.ChecksBatchesAsOne),
    fails: { 'STORE-BATCH-IN-ORDER': /one batch with a delegation twice: .* accepted/ },
  },
  'gives paths from the top': {
    place: inMemory(loose.PathsFromTheTop),
    fails: {
      'STORE-READ': /the paths of a request/,
      'STORE-DELEGATION-PATH': /the path of the third: expected \["del-3"/,
    },
  },
  'ignores a status': {
    place: inMemory(loose.IgnoresStatus),
    fails: {
      'STORE-DELEGATION-FILTERS': /found by .*"status":"closed"/,
      'STORE-DELEGATION-OFFER': /the offers to an agent/,
    },
  },
  'tells watchers nothing': {
    place: inMemory(loose.TellsNobody),
    fails: {
      'STORE-WATCH': /what a watcher heard: .* got \[\]/,
      'STORE-WATCH-LASTS': /change 1 of 6, .* did not reach every watcher/,
    },
  },
  'loses the delegations of a run': {
    place: inMemory(loose.LosesRunDelegations),
    fails: { 'STORE-CARRIES-A-RUN': /DELEGATION_NOT_FOUND/ },
  },
  'hears only itself': {
    place: deafPlace,
    abilities: { shared: true },
    fails: {
      'STORE-SEES-THE-OTHERS': /not told of another instance's revocation within 100 ms/,
      'STORE-WATCH-LASTS': /change 1 of 6, .* they received 0, 0, 0, 0, 0, 1, 1, 1, 1, 1 events/,
    },
  },
  'imports what it can': {
    ...maintained(badly.ImportsInParts),
    fails: { 'STORE-EXPORT': /in which a reason was changed: .* accepted/ },
  },
  'gives an archived id again': {
    ...maintained(badly.ForgetsArchivedIds),
    fails: { 'STORE-ARCHIVE': /a delegation of an archived id: .* accepted/ },
  },
  'calls everything healthy': {
    ...maintained(badly.CallsEverythingHealthy),
    fails: { 'STORE-DOCTOR': /a chain that is none and an intent without an outcome/ },
  },
  'compacts records away': {
    ...maintained(badly.CompactsRecordsAway),
    fails: { 'STORE-COMPACT': /what is stored after compacting/ },
  },
  'acknowledges what is not written yet': {
    ...inJournal(AcknowledgesEarly),
    fails: {
      'STORE-KEEPS-ACKNOWLEDGED': /after a crash/,
      'STORE-CRASH-LEAVES-WHOLE': /was acknowledged, and is gone/,
    },
  },
  'writes a batch to disk in parts': {
    ...inJournal(JournalsInParts),
    fails: { 'STORE-CRASH-LEAVES-WHOLE': /is there in part after a crash/ },
  },
  'ignores the version of a chain once in a thousand times': {
    place: inMemory(rarely.IgnoresVersionsRarely),
    fails: {
      'STORE-COMPARES-EACH-TIME': /writers that replaced one version, in round \d+ of 300: expected 1, got/,
    },
  },
  'returns only the first hundred rows': {
    place: inMemory(rarely.ReturnsAHundred),
    fails: { 'STORE-MANY-ROWS': /entries of a long trail: expected 1250, got 100/ },
  },
  'returns only the first thousand delegations': {
    place: inMemory(rarely.ReturnsAThousandDelegations),
    fails: { 'STORE-MANY-ROWS': /delegations of a run: expected 1250, got 1000/ },
  },
  'shows readers half-written batches': {
    place: inMemory(rarely.ShowsHalfBatches),
    fails: { 'STORE-READ-ONE-MOMENT': /what one request saw of an authority/ },
  },
  'stops notifying after a second': {
    place: inMemory(rarely.WatchesForASecond),
    fails: { 'STORE-WATCH-LASTS': /did not reach every watcher/ },
  },
  'notifies the newest watcher only': {
    place: inMemory(rarely.NotifiesTheNewest),
    fails: { 'STORE-WATCH-LASTS': /change 1 of 6, .* they received 0, 0, .* 1 events/ },
  },
  'notifies twice': {
    place: inMemory(rarely.NotifiesTwice),
    fails: { 'STORE-WATCH-LASTS': /the numbers of events that the watchers received: expected \[6/ },
  },
  'truncates long chains': {
    place: inMemory(rarely.TruncatesChains),
    fails: { 'STORE-LONG-TEXTS': /the length of a chain of 1 MB: expected \d+, got 1048576/ },
  },
  'truncates long trail entries': {
    place: inMemory(rarely.TruncatesAnchors),
    fails: { 'STORE-LONG-TEXTS': /the length of a trail entry of 4 MB: expected \d+, got 2097152/ },
  },
  'compares ids without regard to case': {
    place: inMemory(rarely.FoldsCase),
    fails: { 'STORE-IDS': /chain|conflict|version/i, 'STORE-CHAIN-PAGES': /got .*agent-b/ },
  },
  'normalises ids': {
    place: inMemory(rarely.NormalisesIds),
    fails: { 'STORE-IDS': /revocations of ids that differ little/ },
  },
  'keeps chains and revocations forever in each instance': {
    place: rarely.sharedPlace(rarely.CachesForever),
    abilities: { shared: true },
    fails: {
      'STORE-SEES-EACH-WRITE': /a chain, read by another instance right after the write/,
      'STORE-COMPARES-EACH-TIME': /the chain after round 1/,
    },
  },
  'keeps the ends of trails in each instance': {
    place: rarely.sharedPlace(rarely.CachesHeads),
    abilities: { shared: true },
    fails: { 'STORE-SEES-EACH-WRITE': /an outcome that closes an intent, read by another instance/ },
  },
  'keeps what was erased in another instance': {
    place: rarely.sharedPlace(rarely.RemembersTheErased),
    abilities: { shared: true },
    fails: {
      'STORE-SEES-EACH-WRITE': /the disclosures of a person who was erased, read by another instance/,
    },
  },
  'drops the fence of durable runs': {
    place: inMemory(rarely.DropsFences),
    abilities: { durableRuns: true },
    fails: {
      'STORE-RUNS-FENCED': /a batch of the owner before: .* it was accepted/,
      'STORE-RUNS-ERASED': /a run inside the run, which the owner stores after the erasure: .* accepted/,
    },
  },
  'takes the claim of an earlier owner of a durable run': {
    place: inMemory(rarely.TakesEarlierOwners),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS-FENCED': /a claim by an owner that came before: .* it was accepted/ },
  },
  'pages runs by their number': {
    place: inMemory(lists.PagesByNumber),
    fails: { 'STORE-RUN-PAGES': /the runs in pages of 1, while others begin: expected/ },
  },
  'ignores a criterion of the list of runs': {
    place: inMemory(lists.IgnoresActions),
    fails: { 'STORE-RUN-FILTERS': /the runs found by \{"action":/ },
  },
  'starts again at a cursor that it cannot read': {
    place: inMemory(lists.TakesAnyCursor),
    fails: { 'STORE-RUN-PAGES': /a cursor that is none: .* accepted/ },
  },
  'lists durable runs in the state that they had': {
    place: inMemory(lists.RemembersStates),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS-LISTED': /a durable run in progress: expected/ },
  },
  'reads the open intents of a trail once': {
    place: inMemory(overlooked.CachesIntentsOfATrail),
    abilities: { shared: true },
    fails: { 'STORE-SEES-EACH-WRITE': /an intent, read by .*: expected/ },
  },
  'loses requests to cancel a run': {
    place: inMemory(overlooked.LosesCancellations),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS-STATES': /runs whose cancellation was requested: expected/ },
  },
  'does not wake the runs that wait for a time': {
    place: inMemory(overlooked.Oversleeps),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS-STATES': /'sleeps' once it is woken: expected/ },
  },
  'lets everyone execute its runs': {
    place: inMemory(overlooked.LetsAllExecute),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS-HELD': /while another has it: expected/ },
  },
  'fails when one of its watchers fails': {
    place: inMemory(overlooked.FailsWithItsWatchers),
    fails: { 'STORE-WATCH': /throws in a watcher/ },
  },
  'takes a second outcome of a step': {
    place: inMemory(rarely.RecordsStepsAgain),
    abilities: { durableRuns: true },
    fails: { 'STORE-RUNS': /another outcome of a step: .* it was accepted/ },
  },
  'reopens only in the same process': {
    place: journalPlace(JournalStore, { isForgetful: true }),
    abilities: { reopen: true },
    module: journalModule,
    fails: { 'STORE-ANOTHER-PROCESS': /read in another process after the first was killed: expected/ },
  },
  'acknowledges before it writes, which a killed process shows': {
    place: journalPlace(JournalStore, { isEarly: true }),
    abilities: { reopen: true },
    module: journalModule,
    fails: {
      'STORE-ANOTHER-PROCESS':
        /read in another process after the first was killed|is gone after its process was killed/,
    },
  },
};

/**
 * They take most of the time, so they test only the stores that must fail them, and those that must fail nothing. All others
 * test every store.
 */
const SLOWEST: readonly string[] = [
  'STORE-COMPARES-EACH-TIME',
  'STORE-MANY-ROWS',
  'STORE-LONG-TEXTS',
  'STORE-WATCH-LASTS',
];

describe('trustStoreConformance', () => {
  it('passes the store in memory, used by two', async () => {
    const report = await trustStoreConformance(memoryPlace(), {
      name: 'MemoryTrustStore',
      abilities: { shared: true, durableRuns: true },
    });
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.findings.length).toBe(trustStoreRequirements.length - 7);
  });

  it('passes a store that outlives its process', async () => {
    const report = await trustStoreConformance(journalPlace(), {
      abilities: { reopen: true },
      module: journalModule,
    });
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.findings.length).toBe(trustStoreRequirements.length - 12);
  });

  it('passes a store with everything for those who look after it', async () => {
    const report = await trustStoreConformance(maintainedPlace(), { abilities: { maintenance: true } });
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.findings.length).toBe(trustStoreRequirements.length - 11);
  });

  describe.each(Object.entries(BROKEN))(
    'fails a store that %s',
    (name, { place, abilities, module, fails }) => {
      it('for exactly the right reasons', async () => {
        const expected = trustStoreRequirements.map(({ id }) => id as string).filter((id) => id in fails);
        const findings = await findingsAboutStore(
          place,
          { name, ...(abilities && { abilities }), ...(module && { module }) },
          (id) => expected.includes(id) || !SLOWEST.includes(id),
        );
        const failed = findings.filter((finding) => !finding.passed);
        expect(failed.map((finding) => finding.id)).toEqual(expected);
        for (const { id, observation } of failed) expect(observation).toMatch(fails[id] as RegExp);
      });
    },
  );

  it('has a broken store for every requirement, or it would not be known to notice anything', () => {
    const noticed = new Set(Object.values(BROKEN).flatMap(({ fails }) => Object.keys(fails)));
    expect([...noticed].sort()).toEqual(trustStoreRequirements.map(({ id }) => id).sort());
  });
});

it.each<[string, unknown, unknown]>([
  ['factory', {}, {}],
  ["'share'", memoryPlace(), { abilities: { share: true } }],
  ['abilities', memoryPlace(), { abilities: null }],
])('refuses a setup with one error that names %s', async (what, factory, setup) => {
  await expect(trustStoreConformance(factory as never, setup as never)).rejects.toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(what) }) as Error,
  );
});
