import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Requirement } from '../conformance/requirement.js';
import {
  closesDelegations,
  findsDelegations,
  keepsBindings,
  readsPaths,
  refusesSecondDelegation,
} from './delegations.js';
import { acceptsOffersOnce } from './offers.js';
import type { StoreTrial } from './store-trial.js';

const over = (check: (store: TrustStore) => Promise<void>) => (trial: StoreTrial) => trial.withStore(check);

/** The requirements on the ledger of delegations. */
export const delegationRequirements = [
  {
    id: 'STORE-DELEGATION-UNIQUE',
    demands: 'A delegation id is used once.',
    fix: 'Refuse a second delegation of an id with `STORE_CONFLICT`.',
    check: over(refusesSecondDelegation),
  },
  {
    id: 'STORE-DELEGATION-PATH',
    demands: 'A path leads from a delegation up to the first, and always ends.',
    fix: 'Follow the parents up to the first, and stop at a delegation that was there already.',
    check: over(readsPaths),
  },
  {
    id: 'STORE-DELEGATION-FILTERS',
    demands: 'Delegations are found by every criterion, oldest first.',
    fix: 'Apply every criterion of the filter, and order by the time of the write.',
    check: over(findsDelegations),
  },
  {
    id: 'STORE-DELEGATION-CLOSE',
    demands:
      'Closing ends what is in force for a run, or what one delegator made for a task outside runs, and nothing else.',
    fix: 'Close only what is in force and has the run, or the task and the delegator.',
    check: over(closesDelegations),
  },
  {
    id: 'STORE-DELEGATION-BINDING',
    demands: 'A delegation comes back with the run, invocation, person and nonce that it was written with.',
    fix: 'Keep the run, invocation, person and nonce of a delegation.',
    check: over(keepsBindings),
  },
  {
    id: 'STORE-DELEGATION-OFFER',
    demands: 'An offered delegation is accepted once, or revoked, and neither ends with its task.',
    fix: "Set the status to 'accepted' only where it is 'offered', and refuse if no entry was changed.",
    check: over(acceptsOffersOnce),
  },
] as const satisfies readonly Requirement<StoreTrial>[];
