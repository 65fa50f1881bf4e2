import { canonicalJson, type JsonObject, sortByCodePoint } from '../wire/index.js';
import type { DelegationRecord } from './delegation-record.js';
import { DIMENSIONS, LEGACY_PAYLOAD } from './enums.js';
import { structuredDelegationText } from './structured-delegation.js';

/**
 * Returns the string that a delegation's signature covers, according to the delegation's version.
 *
 * @throws MalformedRecordError for an unknown version, or a record that its version cannot express.
 */
export function delegationSigningText(delegation: DelegationRecord): string {
  const version = delegation.signingPayloadVersion ?? LEGACY_PAYLOAD;
  return version === LEGACY_PAYLOAD
    ? canonicalJson(legacyPreimage(delegation))
    : structuredDelegationText(delegation, version);
}

const legacyPreimage = (delegation: DelegationRecord): JsonObject => ({
  capabilities_delegated: sortByCodePoint([...delegation.capabilitiesDelegated]),
  constraint_subset: sortByCodePoint([...delegation.constraintSubset]),
  delegated_at: delegation.delegatedAt,
  delegatee_id: delegation.delegateeId,
  delegator_id: delegation.delegatorId,
  dimension_scope: delegation.dimensionScope ? [...new Set(delegation.dimensionScope)].sort() : DIMENSIONS,
  expires_at: delegation.expiresAt ?? null,
  id: delegation.id,
  parent_delegation_id: delegation.parentDelegationId ?? null,
  reasoning_trace_hash: delegation.reasoningTraceHash ?? null,
  task_id: delegation.taskId,
});
