import { z } from 'zod';
import { type JsonObject, RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { DIMENSIONS, type Dimension } from './enums.js';
import { optionalText, optionalTimestamp, text, textList, timestamp } from './fields.js';
import { type HumanOrigin, humanOriginCodec } from './human-origin.js';
import { type ReasoningTrace, reasoningTraceCodec } from './reasoning-trace.js';
import { structuredFields } from './structured-fields.js';

/** A task handed from one agent to another, with capabilities and within constraints. */
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

/** Whether the record limits the reference's five constraint dimensions to some of them. */
export const hasNarrowedDimensions = (delegation: DelegationRecord): boolean =>
  new Set(delegation.dimensionScope ?? DIMENSIONS).size < DIMENSIONS.length;
