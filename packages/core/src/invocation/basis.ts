import type { DelegationRecord } from '../chain/index.js';
import type { IssuedDelegation } from '../trust/issue/issue-delegation.js';
import type { Actor } from './actor.js';

/** A delegation that an agent acts under. */
export interface Basis extends IssuedDelegation {
  /** The delegators on its path, the last delegator first. */
  readonly delegatorIds: readonly string[];
  /** The agent that it was made for, as this process knows it; undefined for a delegation that was made elsewhere. */
  readonly to?: Actor;
}

/** Returns the action to verify and record if the caller names none. */
export const defaultAction = (basis: Basis | undefined): string =>
  basis?.record.capabilitiesDelegated[0] ?? 'execute';

/** The ids of a basis and the delegations above it, leaf first. */
export const delegationIds = (basis: Basis | undefined): readonly string[] =>
  basis ? basis.path.map(({ record }: { record: DelegationRecord }) => record.id) : [];
