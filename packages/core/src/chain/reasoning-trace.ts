import { z } from 'zod';
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  RecordCodec,
  sha256Hex,
  type Timestamp,
  type WithUnknownFields,
} from '../wire/index.js';
import { json, optionalText, text, textList, timestamp } from './fields.js';

/** Why something was decided; its hash is part of the record's signed form, and it has a signature of its own. */
export interface ReasoningTrace extends WithUnknownFields {
  readonly decision: string;
  readonly rationale: string;
  readonly confidentiality: 'public' | 'restricted' | 'confidential' | 'secret' | 'top_secret';
  readonly timestamp: Timestamp;
  readonly alternativesConsidered?: readonly string[] | null;
  readonly evidence?: JsonValue;
  readonly methodology?: string | null;
  /** From 0 to 1. */
  readonly confidence?: JsonValue;
}

export const reasoningTraceCodec = new RecordCodec<ReasoningTrace>('reasoning trace', {
  decision: text,
  rationale: text,
  confidentiality: z.enum(['public', 'restricted', 'confidential', 'secret', 'top_secret']),
  timestamp,
  alternativesConsidered: textList.nullish(),
  evidence: json.optional(),
  methodology: optionalText,
  confidence: json.optional(),
});

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

export const reasoningTraceHash = (trace: ReasoningTrace): string =>
  sha256Hex(canonicalJson(reasoningPreimage(trace)));

/** What the reasoning signature covers: the trace, bound to the record it belongs to. */
export const reasoningSignaturePreimage = (recordId: string, trace: ReasoningTrace): JsonObject => ({
  parent_record_id: recordId,
  reasoning: reasoningPreimage(trace),
});
