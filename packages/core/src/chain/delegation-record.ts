import * as z from 'zod';
import { type JsonObject, RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { DIMENSIONS, type Dimension } from './enums.js';
import { optionalText, optionalTimestamp, text, textList, timestamp } from './fields.js';
import { type HumanOrigin, humanOriginCodec } from './human-origin.js';
import { type ReasoningTrace, reasoningTraceCodec } from './reasoning-trace.js';
import { structuredFields } from './structured-fields.js';

/** A task handed from one agent to another, with capabilities and within constraints. */
export interface DelegationRecord extends WithUnknownFields {
  /**
   * The id. For a delegation made here it is `del-` and the digest of the run, the invocation and the person that it
   * is for.
   */
  readonly id: string;
  /** The agent that delegates. */
  readonly delegatorId: string;
  /** The agent that can act under the delegation. */
  readonly delegateeId: string;
  /** The task that the delegation is for. */
  readonly taskId: string;
  /**
   * The capabilities that the delegatee can use under the delegation; it can use no others. `execute` stands for the
   * delegatee's own job.
   */
  readonly capabilitiesDelegated: readonly string[];
  /** The constraint labels that limit the delegatee: the delegator's own labels and the added ones. */
  readonly constraintSubset: readonly string[];
  /** The time at which the delegation was made. */
  readonly delegatedAt: Timestamp;
  /** The expiry time of the delegation; null or absent if it does not expire. */
  readonly expiresAt?: Timestamp | null;
  /** The delegation that the delegator acted under; null or absent if it acted by its own right. */
  readonly parentDelegationId?: string | null;
  /** The constraint dimensions that the delegation covers; null or absent for all five. */
  readonly dimensionScope?: readonly Dimension[] | null;
  /** The version of the form in which the record was signed; null or absent for the legacy form. */
  readonly signingPayloadVersion?: string | null;
  /** The ids of the agents on the path, from the first delegator to the delegatee. */
  readonly delegationChain?: readonly string[] | null;
  /** The number of delegations on the path, this one included. */
  readonly delegationDepth?: number | null;
  /** The person, in records that the reference wrote. A record made here has a pseudonym in its binding instead. */
  readonly humanOrigin?: HumanOrigin | null;
  /** The reasoning behind the delegation; null or absent without one. */
  readonly reasoningTrace?: ReasoningTrace | null;
  /** {@link reasoningTraceHash} of the trace, as signed; null or absent without a trace. */
  readonly reasoningTraceHash?: string | null;
  /** Base64 of the separate signature of the trace; null or absent without a trace. */
  readonly reasoningSignature?: string | null;
  /** Structured constraints of the `v2-complete` and `v3-complete` forms, as they are on the wire. */
  readonly constraints?: JsonObject | null;
  /**
   * The upper bounds of time, calls and tokens of the `v2-complete` and `v3-complete` forms, as they are on the wire.
   */
  readonly resourceLimits?: JsonObject | null;
  /** The purpose, in the `v2-complete` and `v3-complete` forms, as it is on the wire. */
  readonly scope?: JsonObject | null;
  /** Whether several signers must agree. The reference does not check their signatures. */
  readonly multiSig?: boolean | null;
  /** The signers that must agree, and how many of them, as it is on the wire. */
  readonly multiSigPolicy?: JsonObject | null;
  /** Base64 of the Ed25519 signature of the record; null or absent in an unsigned record. */
  readonly signature?: string | null;
}

/** Reads and writes delegation records. */
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

/** Whether the record limits the reference's five constraint dimensions to some of them. */
export const hasNarrowedDimensions = (delegation: DelegationRecord): boolean =>
  new Set(delegation.dimensionScope ?? DIMENSIONS).size < DIMENSIONS.length;
