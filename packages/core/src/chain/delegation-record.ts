import { z } from 'zod';
import {
  canonicalJson,
  type JsonObject,
  RecordCodec,
  sortByCodePoint,
  type Timestamp,
  type WithUnknownFields,
} from '../wire/index.js';
import { DIMENSIONS, type Dimension, LEGACY_PAYLOAD } from './enums.js';
import { optionalText, optionalTimestamp, text, textList, timestamp } from './fields.js';
import { type HumanOrigin, humanOriginCodec } from './human-origin.js';
import { type ReasoningTrace, reasoningTraceCodec } from './reasoning-trace.js';
import { structuredDelegationText, structuredFields } from './structured-delegation.js';

/** Who handed a task to whom, with which capabilities and within which constraints. */
export interface DelegationRecord extends WithUnknownFields {
  readonly id: string;
  readonly delegatorId: string;
  readonly delegateeId: string;
  readonly taskId: string;
  readonly capabilitiesDelegated: readonly string[];
  readonly constraintSubset: readonly string[];
  readonly delegatedAt: Timestamp;
  readonly expiresAt?: Timestamp | null;
  readonly parentDelegationId?: string | null;
  readonly dimensionScope?: readonly Dimension[] | null;
  readonly signingPayloadVersion?: string | null;
  readonly delegationChain?: readonly string[] | null;
  readonly delegationDepth?: number | null;
  readonly humanOrigin?: HumanOrigin | null;
  readonly reasoningTrace?: ReasoningTrace | null;
  readonly reasoningTraceHash?: string | null;
  readonly reasoningSignature?: string | null;
  /** Structured constraints of the `v2-complete` and `v3-complete` forms, as they stand on the wire. */
  readonly constraints?: JsonObject | null;
  readonly resourceLimits?: JsonObject | null;
  readonly scope?: JsonObject | null;
  readonly multiSig?: boolean | null;
  readonly multiSigPolicy?: JsonObject | null;
  readonly signature?: string | null;
}

export const delegationCodec = new RecordCodec<DelegationRecord>('delegation record', {
  id: text.min(1),
  delegatorId: text.min(1),
  delegateeId: text.min(1),
  taskId: text,
  capabilitiesDelegated: textList,
  constraintSubset: textList,
  delegatedAt: timestamp,
  expiresAt: optionalTimestamp,
  parentDelegationId: optionalText,
  dimensionScope: z.array(z.enum(DIMENSIONS)).min(1).nullish(),
  signingPayloadVersion: optionalText,
  delegationChain: textList.nullish(),
  delegationDepth: z.number().nullish(),
  humanOrigin: humanOriginCodec.optional(),
  reasoningTrace: reasoningTraceCodec.optional(),
  reasoningTraceHash: optionalText,
  reasoningSignature: optionalText,
  ...structuredFields,
  signature: optionalText,
});

/**
 * The text that a delegation's signature covers, by its version.
 *
 * @throws MalformedRecordError for an unknown version, or a record that its version cannot hold.
 */
export function delegationSigningText(delegation: DelegationRecord): string {
  const version = delegation.signingPayloadVersion ?? LEGACY_PAYLOAD;
  return version === LEGACY_PAYLOAD
    ? canonicalJson(legacyPreimage(delegation))
    : structuredDelegationText(delegation, version);
}

export const hasNarrowedDimensions = (delegation: DelegationRecord): boolean =>
  new Set(delegation.dimensionScope ?? DIMENSIONS).size < DIMENSIONS.length;

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
