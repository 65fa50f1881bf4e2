import type { JsonObject, JsonValue } from '../wire/index.js';
import { capabilityVersion } from './capability-attestation.js';
import type { ChainRecords } from './chain-records.js';
import { type DelegationRecord, hasNarrowedDimensions } from './delegation-record.js';
import { LEGACY_PAYLOAD } from './enums.js';
import { reasoningPreimage } from './reasoning-trace.js';
import { structuredDict } from './structured-delegation.js';

/** Hashes computed from a chain's records. */
export interface ChainHashes {
  /** The hash of the constraints in force. */
  readonly constraintHash: string;
  /** The reference's chain hash. */
  readonly chainHash: string;
}

/**
 * The chain as the reference's `to_dict()` gives it: without the records' signatures and without fields that the
 * reference does not know. An anchor's `trust_chain_hash` is the hash of this.
 */
export function chainDict(chain: ChainRecords, hashes: ChainHashes): JsonObject {
  const { genesis, constraintEnvelope: envelope } = chain;
  const dict: Record<string, JsonValue> = {
    genesis: {
      id: genesis.id,
      agent_id: genesis.agentId,
      authority_id: genesis.authorityId,
      authority_type: genesis.authorityType,
      created_at: genesis.createdAt,
      expires_at: genesis.expiresAt ?? null,
      signature_algorithm: orIfAbsent(genesis.signatureAlgorithm, 'Ed25519'),
      metadata: orIfAbsent(genesis.metadata, {}),
    },
    capabilities: chain.capabilities.map((capability) => ({
      id: capability.id,
      capability: capability.capability,
      capability_type: capability.capabilityType,
      constraints: capability.constraints,
      attester_id: capability.attesterId,
      attested_at: capability.attestedAt,
      expires_at: capability.expiresAt ?? null,
      scope: capability.scope ?? null,
      ...(capabilityVersion(capability) === LEGACY_PAYLOAD
        ? {}
        : { signing_payload_version: capabilityVersion(capability) }),
    })),
    delegations: chain.delegations.map(delegationDict),
    constraint_envelope: {
      id: envelope?.id ?? `env-${genesis.agentId}`,
      agent_id: envelope?.agentId ?? genesis.agentId,
      constraint_hash: hashes.constraintHash,
      active_constraints: (envelope?.activeConstraints ?? []).map((constraint) => ({
        id: constraint.id,
        constraint_type: constraint.constraintType,
        value: constraint.value,
        source: constraint.source,
        priority: orIfAbsent(constraint.priority, 0),
      })),
    },
    chain_hash: hashes.chainHash,
  };
  if (chain.chainStateSignature) dict.chain_state_signature = chain.chainStateSignature;
  return dict;
}

/** Fills in an absent field as the reference does. A null stays null. */
const orIfAbsent = (value: JsonValue | undefined, other: JsonValue): JsonValue =>
  value === undefined ? other : value;

function delegationDict(delegation: DelegationRecord): JsonObject {
  const dict: Record<string, JsonValue> = {
    id: delegation.id,
    delegator_id: delegation.delegatorId,
    delegatee_id: delegation.delegateeId,
    task_id: delegation.taskId,
    capabilities_delegated: delegation.capabilitiesDelegated,
    constraint_subset: delegation.constraintSubset,
    delegated_at: delegation.delegatedAt,
    expires_at: delegation.expiresAt ?? null,
    parent_delegation_id: delegation.parentDelegationId ?? null,
    signing_payload_version: delegation.signingPayloadVersion ?? LEGACY_PAYLOAD,
  };
  if (hasNarrowedDimensions(delegation))
    dict.dimension_scope = [...new Set(delegation.dimensionScope)].sort();
  Object.assign(dict, structuredDict(delegation));
  if (delegation.reasoningTrace) dict.reasoning_trace = reasoningPreimage(delegation.reasoningTrace);
  if (delegation.reasoningTraceHash) dict.reasoning_trace_hash = delegation.reasoningTraceHash;
  if (delegation.reasoningSignature) dict.reasoning_signature = delegation.reasoningSignature;
  return dict;
}
