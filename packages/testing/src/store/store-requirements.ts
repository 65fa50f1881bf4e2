import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Requirement } from '../conformance/requirement.js';
import {
  comparesAuthorityVersions,
  comparesChainVersions,
  endsChains,
  pagesChains,
  readsAuthorities,
  readsChains,
  readsNothing,
} from './chains.js';
import { commitsAllOrNothing, commitsInOrder } from './commits.js';
import { delegationRequirements } from './delegation-requirements.js';
import { keepsRevocations } from './delegations.js';
import { keepsDisclosures } from './disclosures.js';
import { keepsIds } from './ids.js';
import { closesIntents, closesIntentsOnce, knowsOwners, refusesSecondIntent } from './intents.js';
import { readsEverythingAtOnce, readsOneMoment } from './reading.js';
import { findsListedRuns, pagesRuns } from './run-list.js';
import { keepsStatements, refusesForkedStatements } from './statements.js';
import type { StoreTrial } from './store-trial.js';
import { strainRequirements } from './strain-requirements.js';
import { keepsTexts } from './texts.js';
import { keepsTrails, refusesForks } from './trails.js';
import { tellsWatchers } from './watching.js';
import { forksNoTrail, losesNoUpdate, recordsOneOutcome, sharesOneTrail } from './writers.js';

const over = (check: (store: TrustStore) => Promise<void>) => (trial: StoreTrial) => trial.withStore(check);

/** The requirements of every `TrustStore`; the contract's other half. */
export const trustStoreRequirements = [
  {
    id: 'STORE-READS-NOTHING',
    demands: 'A missing record reads as nothing, never as an error.',
    fix: 'Return undefined or an empty list for what is not there.',
    check: over(readsNothing),
  },
  {
    id: 'STORE-READ',
    demands:
      'One request reads chains, authorities, paths and revocations, each in the order of the request.',
    fix: 'Answer each list of the request in its own order, with undefined in the place of what is missing.',
    check: over(readsEverythingAtOnce),
  },
  {
    id: 'STORE-READ-ONE-MOMENT',
    demands: 'One request reads the records of one moment.',
    fix: 'Read everything in one transaction, or under one lock.',
    check: readsOneMoment,
  },
  {
    id: 'STORE-CHAINS',
    demands: 'Chains are read in the order of the ids that were asked for.',
    fix: 'Put each chain in the place of its id, with undefined for a missing one.',
    check: over(readsChains),
  },
  {
    id: 'STORE-CHAIN-VERSIONS',
    demands: 'A chain is replaced only at the version that the writer saw.',
    fix: 'Compare `ifVersion` and write in one atomic step, and refuse with `STORE_CONFLICT`.',
    check: over(comparesChainVersions),
  },
  {
    id: 'STORE-CHAIN-ENDS',
    demands: 'A chain that has ended stays readable, and makes room for a new one.',
    fix: 'Mark the chain as ended and keep its text; `put_chain` with `ifVersion: null` then makes a new one.',
    check: over(endsChains),
  },
  {
    id: 'STORE-CHAIN-PAGES',
    demands: 'All chains can be listed a page at a time, each once.',
    fix: 'Order by the id, start after `afterAgentId`, and return at most `limit` chains.',
    check: over(pagesChains),
  },
  {
    id: 'STORE-AUTHORITIES',
    demands: 'Authorities are read in the order of the ids that were asked for.',
    fix: 'Put each authority in the place of its id, with undefined for a missing one.',
    check: over(readsAuthorities),
  },
  {
    id: 'STORE-AUTHORITY-VERSIONS',
    demands: 'An authority is replaced only at the version that the writer saw.',
    fix: 'Compare `ifVersion` and write in one atomic step, and refuse with `STORE_CONFLICT`.',
    check: over(comparesAuthorityVersions),
  },
  {
    id: 'STORE-TEXT-EXACT',
    demands: 'Every text comes back byte for byte.',
    fix: 'Keep the strings as they are. Do not parse them, and use no column type that normalises JSON.',
    check: over(keepsTexts),
  },
  {
    id: 'STORE-IDS',
    demands: 'Ids come back as they are; an id that not every store can keep is refused.',
    fix: 'Compare ids byte for byte: a binary collation, no normalisation, no folding of case. Refuse ids with `isStorableId`.',
    check: over(keepsIds),
  },
  {
    id: 'STORE-ALL-OR-NOTHING',
    demands: 'A batch that is refused leaves no trace.',
    fix: 'Apply the writes of a batch in one transaction.',
    check: over(commitsAllOrNothing),
  },
  {
    id: 'STORE-BATCH-IN-ORDER',
    demands: 'The writes of a batch apply in order, each held against those before it.',
    fix: 'Apply the writes one after the other, each checked against the state that those before it left.',
    check: over(commitsInOrder),
  },
  {
    id: 'STORE-TRAIL-IN-ORDER',
    demands: 'A trail is read as it was written, whole or in pages.',
    fix: 'Order by the sequence, start after `afterSequence`, and return at most `limit` entries.',
    check: over(keepsTrails),
  },
  {
    id: 'STORE-TRAIL-NO-FORK',
    demands: "An entry is taken after its trail's head and nowhere else.",
    fix: 'Check each entry with `expectNextEntry` against the head, in the transaction of the batch.',
    check: over(refusesForks),
  },
  {
    id: 'STORE-RUN-PAGES',
    demands: 'Runs are listed a page at a time, the newest first, each once, though others begin meanwhile.',
    fix: 'Order by the moment and the id, start after the place of the cursor, and use `runListQuery` and `runListPage`.',
    check: over(pagesRuns),
  },
  {
    id: 'STORE-RUN-FILTERS',
    demands: 'Runs are found by each criterion of the list, alone and together.',
    fix: 'Keep the marks of `runEntryOf` with every entry of a trail, and find runs by all marks of the query.',
    check: over(findsListedRuns),
  },
  {
    id: 'STORE-STATEMENTS',
    demands: 'Signed statements are read as they were written, and a request can read the head of their log.',
    fix: 'Keep statements in the order of their numbers, with the text as it was written.',
    check: over(keepsStatements),
  },
  {
    id: 'STORE-STATEMENTS-NO-FORK',
    demands: "A statement is taken after the log's head and nowhere else.",
    fix: 'Check each statement against the head of the log, in the transaction of the batch.',
    check: over(refusesForkedStatements),
  },
  ...delegationRequirements,
  {
    id: 'STORE-REVOCATIONS',
    demands: 'A revocation is kept, and ends the ledger entries it concerns.',
    fix: 'Keep the revocation, and set the status of the ledger entries in the same transaction.',
    check: over(keepsRevocations),
  },
  {
    id: 'STORE-DISCLOSURES',
    demands: 'A disclosure is kept once for each digest, until its person is erased.',
    fix: 'Keep one disclosure for each digest, and delete those of a person with `erase_person`.',
    check: over(keepsDisclosures),
  },
  {
    id: 'STORE-INTENT-UNIQUE',
    demands: 'An invocation opens one intent.',
    fix: 'Refuse a second intent of an invocation with `STORE_CONFLICT`.',
    check: over(refusesSecondIntent),
  },
  {
    id: 'STORE-INTENTS',
    demands: 'An intent is open until an anchor closes it.',
    fix: 'Remove the intent in the transaction that appends the anchor with `closesIntent`.',
    check: over(closesIntents),
  },
  {
    id: 'STORE-INTENT-CLOSES-ONCE',
    demands: 'An anchor that would close an intent which is not open is refused.',
    fix: 'Check with `expectOpenIntent` that the intent is open, in the transaction of the batch.',
    check: over(closesIntentsOnce),
  },
  {
    id: 'STORE-OWNERS',
    demands: 'An owner of intents has ended when its process has, and a retired one opens no more intents.',
    fix: 'Let each process show that it lives, and check in the transaction of an intent that its owner is not retired.',
    check: knowsOwners,
  },
  {
    id: 'STORE-WATCH',
    demands: 'Watchers receive changed chains and revocations until they stop.',
    fix: 'Notify every watcher of each commit, and stop when its own function is called.',
    check: tellsWatchers,
  },
  {
    id: 'STORE-WRITERS-CHAIN',
    demands: 'When many write one chain concurrently, one succeeds and the others are refused.',
    fix: 'Compare and write in one transaction, with a lock or with the version in the WHERE clause.',
    check: losesNoUpdate,
  },
  {
    id: 'STORE-WRITERS-TRAIL',
    demands: 'When many append at one place of a trail concurrently, one succeeds.',
    fix: 'Make the place in a trail unique in the database, or write under a lock.',
    check: forksNoTrail,
  },
  {
    id: 'STORE-WRITERS-SHARED-TRAIL',
    demands:
      'When many append to a trail concurrently, and again at its new head after `TRAIL_FORK`, all succeed, in one sequence.',
    fix: 'Refuse an entry whose place is taken with `TRAIL_FORK` and nothing else, and read the newest head.',
    check: sharesOneTrail,
  },
  {
    id: 'STORE-WRITERS-OUTCOME',
    demands: 'When many record the outcome of one invocation concurrently, one succeeds.',
    fix: 'Delete the intent and append the anchor in one transaction, and refuse if no intent was deleted.',
    check: recordsOneOutcome,
  },
  ...strainRequirements,
] as const satisfies readonly Requirement<StoreTrial>[];

export type TrustStoreRequirementId = (typeof trustStoreRequirements)[number]['id'];
