import { z } from 'zod';
import { type JsonObject, RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { ACTION_RESULTS, type ActionResult } from './enums.js';
import { freeFormObject, optionalText, text, timestamp } from './fields.js';
import { type HumanOrigin, humanOriginCodec } from './human-origin.js';
import { type ReasoningTrace, reasoningTraceCodec } from './reasoning-trace.js';

/** The signed record of an agent's action, done or denied. */
export interface AuditAnchor extends WithUnknownFields {
  readonly id: string;
  readonly agentId: string;
  readonly action: string;
  readonly resource?: string | null;
  readonly timestamp: Timestamp;
  /** {@link TrustLineageChain.trustChainHash} of the agent's chain at that moment. */
  readonly trustChainHash: string;
  readonly result: ActionResult;
  readonly parentAnchorId?: string | null;
  /**
   * Signed; holds the anchor's place in its trail, the task, the human origin and the details. Every anchor made here
   * has an object. One that the reference wrote can have any JSON value at run time: read members of a foreign
   * anchor with `jsonMember`.
   */
  readonly context?: JsonObject | null;
  /** Unsigned, as in the reference; the signed copy is in `context`. */
  readonly humanOrigin?: HumanOrigin | null;
  readonly reasoningTrace?: ReasoningTrace | null;
  readonly reasoningTraceHash?: string | null;
  readonly reasoningSignature?: string | null;
  readonly signature?: string | null;
}

export const auditAnchorCodec = new RecordCodec<AuditAnchor>('audit anchor', {
  id: text.min(1),
  agentId: text.min(1),
  action: text,
  resource: optionalText,
  timestamp,
  trustChainHash: text,
  result: z.enum(ACTION_RESULTS),
  parentAnchorId: optionalText,
  context: freeFormObject,
  humanOrigin: humanOriginCodec.optional(),
  reasoningTrace: reasoningTraceCodec.optional(),
  reasoningTraceHash: optionalText,
  reasoningSignature: optionalText,
  signature: optionalText,
});

export const anchorPreimage = (anchor: AuditAnchor): JsonObject => ({
  action: anchor.action,
  agent_id: anchor.agentId,
  context: anchor.context === undefined ? {} : anchor.context,
  id: anchor.id,
  parent_anchor_id: anchor.parentAnchorId ?? null,
  reasoning_trace_hash: anchor.reasoningTraceHash ?? null,
  resource: anchor.resource ?? null,
  result: anchor.result,
  timestamp: anchor.timestamp,
  trust_chain_hash: anchor.trustChainHash,
});
