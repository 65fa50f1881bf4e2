import * as z from 'zod';
import {
  canonicalJson,
  isNumberLiteral,
  type JsonObject,
  type JsonValue,
  RecordCodec,
  sha256Hex,
  type Timestamp,
  type WithUnknownFields,
} from '../wire/index.js';
import { measured, optionalJson, optionalMeasured, optionalMeasuredList, timestamp } from './fields.js';

/** The reasoning behind a decision. Its hash is part of the record's signed form, and it has a separate signature. */
export interface ReasoningTrace extends WithUnknownFields {
  /** What was decided. A string in a trace of ours; the reference also takes a list or an object. */
  readonly decision: JsonValue;
  /** The reason for the decision; of the same types as the decision. */
  readonly rationale: JsonValue;
  /** The class of readers that the trace is meant for. Recorded only; nothing enforces it. */
  readonly confidentiality: 'public' | 'restricted' | 'confidential' | 'secret' | 'top_secret';
  /** The time of the decision. */
  readonly timestamp: Timestamp;
  /** Strings in a trace of ours. */
  readonly alternativesConsidered?: JsonValue;
  /** The evidence that the decision was based on; a string, an array or an object. Default: none. */
  readonly evidence?: JsonValue;
  /** The method of the decision; a string in a trace of ours. Default: none. */
  readonly methodology?: JsonValue;
  /** The confidence in the decision, from 0 to 1. */
  readonly confidence?: JsonValue;
}

/** Whether the reference accepts a value as a confidence. Its booleans are the numbers 0 and 1. */
export function isConfidence(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return true;
  const number = isNumberLiteral(value) ? Number(value.rawJSON) : value;
  return typeof number === 'number' && number >= 0 && number <= 1;
}

/** Reads and writes reasoning traces. */
export const reasoningTraceCodec = new RecordCodec<ReasoningTrace>('reasoning trace', {
  decision: measured,
  rationale: measured,
  confidentiality: z.enum(['public', 'restricted', 'confidential', 'secret', 'top_secret']),
  timestamp,
  alternativesConsidered: optionalMeasuredList,
  evidence: optionalMeasured,
  methodology: optionalMeasured,
  confidence: optionalJson.refine(isConfidence, 'expected a number from 0 to 1'),
});

/** Returns the JSON object that the hash of a trace is made of, in canonical form. */
export const reasoningPreimage = (trace: ReasoningTrace): JsonObject => ({
  decision: trace.decision,
  rationale: trace.rationale,
  confidentiality: trace.confidentiality,
  timestamp: trace.timestamp,
  alternatives_considered: trace.alternativesConsidered ?? [],
  evidence: trace.evidence ?? [],
  methodology: trace.methodology ?? null,
  confidence: trace.confidence ?? null,
});

/** Returns the hash of a trace, which the record of the decision signs: SHA-256, in hex. */
export const reasoningTraceHash = (trace: ReasoningTrace): string =>
  sha256Hex(canonicalJson(reasoningPreimage(trace)));

/** Returns the pre-image of a reasoning signature: the trace, bound to the record that it belongs to. */
export const reasoningSignaturePreimage = (recordId: string, trace: ReasoningTrace): JsonObject => ({
  parent_record_id: recordId,
  reasoning: reasoningPreimage(trace),
});
