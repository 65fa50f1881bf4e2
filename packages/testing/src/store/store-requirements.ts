import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Requirement } from '../conformance/requirement.js';
import { carriesARun } from './carrying-a-run.js';
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
import {
  closesDelegations,
  findsDelegations,
  keepsBindings,
  keepsRevocations,
  readsPaths,
  refusesSecondDelegation,
} from './delegations.js';
import { keepsDisclosures } from './disclosures.js';
import { crashesBetweenBatches, keepsWhatItAcknowledged } from './durability.js';
import { keepsIds } from './ids.js';
import { closesIntents, closesIntentsOnce, refusesSecondIntent } from './intents.js';
import { archivesDelegations, examinesItself, exportsAndImports } from './maintenance.js';
import { readsEverythingAtOnce, readsOneMoment } from './reading.js';
import { keepsStatements, refusesForkedStatements } from './statements.js';
import type { StoreTrial } from './store-trial.js';
import { keepsTexts } from './texts.js';
import { keepsTrails, ordersSharedTrail, refusesForks } from './trails.js';
import { seesTheOthers, tellsWatchers } from './watching.js';
import { forksNoTrail, losesNoUpdate, recordsOneOutcome, sharesOneTrail } from './writers.js';

const over = (check: (store: TrustStore) => Promise<void>) => (trial: StoreTrial) => trial.withStore(check);

/** The requirements of every `TrustStore`; the contract's other half. */
export const trustStoreRequirements = [
  {
    id: 'STORE-READS-NOTHING',
    demands: 'A missing record reads as nothing, never as an error.',
    check: over(readsNothing),
  },
  {
    id: 'STORE-READ',
    demands:
      'One request reads chains, authorities, paths and revocations, each in the order of the request.',
    check: over(readsEverythingAtOnce),
  },
  {
    id: 'STORE-READ-ONE-MOMENT',
    demands: 'One request reads the records of one moment.',
    check: readsOneMoment,
  },
  {
    id: 'STORE-CHAINS',
    demands: 'Chains are read in the order of the ids that were asked for.',
    check: over(readsChains),
  },
  {
    id: 'STORE-CHAIN-VERSIONS',
    demands: 'A chain is replaced only at the version that the writer saw.',
    check: over(comparesChainVersions),
  },
  {
    id: 'STORE-CHAIN-ENDS',
    demands: 'A chain that has ended stays readable, and makes room for a new one.',
    check: over(endsChains),
  },
  {
    id: 'STORE-CHAIN-PAGES',
    demands: 'All chains can be listed a page at a time, each once.',
    check: over(pagesChains),
  },
  {
    id: 'STORE-AUTHORITIES',
    demands: 'Authorities are read in the order of the ids that were asked for.',
    check: over(readsAuthorities),
  },
  {
    id: 'STORE-AUTHORITY-VERSIONS',
    demands: 'An authority is replaced only at the version that the writer saw.',
    check: over(comparesAuthorityVersions),
  },
  { id: 'STORE-TEXT-EXACT', demands: 'Every text comes back byte for byte.', check: over(keepsTexts) },
  {
    id: 'STORE-IDS',
    demands: 'Ids come back as they are; an id that not every store can keep is refused.',
    check: over(keepsIds),
  },
  {
    id: 'STORE-ALL-OR-NOTHING',
    demands: 'A batch that is refused leaves no trace.',
    check: over(commitsAllOrNothing),
  },
  {
    id: 'STORE-BATCH-IN-ORDER',
    demands: 'The writes of a batch apply in order, each held against those before it.',
    check: over(commitsInOrder),
  },
  {
    id: 'STORE-TRAIL-IN-ORDER',
    demands: 'A trail is read as it was written, whole or in pages.',
    check: over(keepsTrails),
  },
  {
    id: 'STORE-TRAIL-NO-FORK',
    demands: "An entry is taken after its trail's head and nowhere else.",
    check: over(refusesForks),
  },
  {
    id: 'STORE-SHARED-TRAIL',
    demands: 'The store gives entries of a shared trail their places and links.',
    check: over(ordersSharedTrail),
  },
  {
    id: 'STORE-STATEMENTS',
    demands: 'Signed statements are read as they were written, and a request can read the head of their log.',
    check: over(keepsStatements),
  },
  {
    id: 'STORE-STATEMENTS-NO-FORK',
    demands: "A statement is taken after the log's head and nowhere else.",
    check: over(refusesForkedStatements),
  },
  {
    id: 'STORE-DELEGATION-UNIQUE',
    demands: 'A delegation id is used once.',
    check: over(refusesSecondDelegation),
  },
  {
    id: 'STORE-DELEGATION-PATH',
    demands: 'A path leads from a delegation up to the first, and always ends.',
    check: over(readsPaths),
  },
  {
    id: 'STORE-DELEGATION-FILTERS',
    demands: 'Delegations are found by every criterion, oldest first.',
    check: over(findsDelegations),
  },
  {
    id: 'STORE-DELEGATION-CLOSE',
    demands:
      'Closing ends what is in force for a run, or what one delegator made for a task outside runs, and nothing else.',
    check: over(closesDelegations),
  },
  {
    id: 'STORE-DELEGATION-BINDING',
    demands: 'A delegation comes back with the run, invocation, person and nonce that it was written with.',
    check: over(keepsBindings),
  },
  {
    id: 'STORE-REVOCATIONS',
    demands: 'A revocation is kept, and ends the ledger entries it concerns.',
    check: over(keepsRevocations),
  },
  {
    id: 'STORE-DISCLOSURES',
    demands: 'A disclosure is kept once for each digest, until its person is erased.',
    check: over(keepsDisclosures),
  },
  { id: 'STORE-INTENT-UNIQUE', demands: 'An invocation opens one intent.', check: over(refusesSecondIntent) },
  {
    id: 'STORE-INTENTS',
    demands: 'An intent is open until an anchor closes it.',
    check: over(closesIntents),
  },
  {
    id: 'STORE-INTENT-CLOSES-ONCE',
    demands: 'An anchor that would close an intent which is not open is refused.',
    check: over(closesIntentsOnce),
  },
  {
    id: 'STORE-WATCH',
    demands: 'Watchers receive changed chains and revocations until they stop.',
    check: tellsWatchers,
  },
  {
    id: 'STORE-WRITERS-CHAIN',
    demands: 'When many write one chain concurrently, one succeeds and the others are refused.',
    check: losesNoUpdate,
  },
  {
    id: 'STORE-WRITERS-TRAIL',
    demands: 'When many append at one place of a trail concurrently, one succeeds.',
    check: forksNoTrail,
  },
  {
    id: 'STORE-WRITERS-SHARED-TRAIL',
    demands: 'When many append to a shared trail concurrently, all succeed, in one sequence.',
    check: sharesOneTrail,
  },
  {
    id: 'STORE-WRITERS-OUTCOME',
    demands: 'When many record the outcome of one invocation concurrently, one succeeds.',
    check: recordsOneOutcome,
  },
  {
    id: 'STORE-CARRIES-A-RUN',
    demands: 'A run over the store ends well, and its trail verifies.',
    check: carriesARun,
  },
  {
    id: 'STORE-SEES-THE-OTHERS',
    demands: 'An instance reads the writes of another, and its watchers receive them within the bound.',
    appliesTo: ({ abilities }) => abilities.shared,
    check: seesTheOthers,
  },
  {
    id: 'STORE-KEEPS-ACKNOWLEDGED',
    demands: 'Acknowledged writes are there after a crash.',
    appliesTo: ({ abilities }) => abilities.reopen,
    check: keepsWhatItAcknowledged,
  },
  {
    id: 'STORE-CRASH-LEAVES-WHOLE',
    demands: 'A crash leaves each batch whole or absent.',
    appliesTo: ({ abilities }) => abilities.reopen,
    check: crashesBetweenBatches,
  },
  {
    id: 'STORE-EXPORT',
    demands: 'An export goes into an empty store whole, as it was written, or not at all.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: exportsAndImports,
  },
  {
    id: 'STORE-ARCHIVE',
    demands: 'The archive takes what ended and nothing depends on, and its ids are never taken again.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: archivesDelegations,
  },
  {
    id: 'STORE-DOCTOR',
    demands: 'The doctor finds nothing in a store that was only used, and names what is wrong in any other.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: examinesItself,
  },
] as const satisfies readonly Requirement<StoreTrial>[];

export type TrustStoreRequirementId = (typeof trustStoreRequirements)[number]['id'];
