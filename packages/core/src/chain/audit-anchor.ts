import * as z from 'zod';
import { type JsonObject, RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { ACTION_RESULTS, type ActionResult } from './enums.js';
import { freeFormObject, optionalText, text, timestamp } from './fields.js';
import { type HumanOrigin, humanOriginCodec } from './human-origin.js';
import { type ReasoningTrace, reasoningTraceCodec } from './reasoning-trace.js';

/** The signed record of an agent's action, done or denied. */
export interface AuditAnchor extends WithUnknownFields {
  /** The id: `aud-` and a UUID for an anchor made here. */
  readonly id: string;
  /** The agent that acted, or that was kept from acting. */
  readonly agentId: string;
  /** The action that was verified and recorded. */
  readonly action: string;
  /** The resource that the action concerned; absent or null if it named none. */
  readonly resource?: string | null;
  /** The time of signing. */
  readonly timestamp: Timestamp;
  /** {@link TrustLineageChain.trustChainHash} of the agent's chain at that moment. */
  readonly trustChainHash: string;
  /** The result of the action: `success`, `failure`, `denied` or `partial`. */
  readonly result: ActionResult;
  /** The id of the anchor that this one continues, as the caller of `audit` named it; null or absent without one. */
  readonly parentAnchorId?: string | null;
  /**
   * Signed; holds the anchor's place in its trail, the task, the pseudonym of the person and the details. Every anchor
   * made here has an object. One that the reference wrote can have any JSON value at run time: read members of a
   * foreign anchor with `jsonMember`.
   */
  readonly context?: JsonObject | null;
  /** The person, unsigned, in anchors that the reference wrote. Anchors made here have a pseudonym in `context`. */
  readonly humanOrigin?: HumanOrigin | null;
  /** The reasoning behind the action; absent or null without one. */
  readonly reasoningTrace?: ReasoningTrace | null;
  /** {@link reasoningTraceHash} of the trace, as signed; null or absent without a trace. */
  readonly reasoningTraceHash?: string | null;
  /** Base64 of the separate signature of the trace; null or absent without a trace. */
  readonly reasoningSignature?: string | null;
  /** Base64 of the Ed25519 signature of {@link anchorPreimage}; null or absent in an unsigned record. */
  readonly signature?: string | null;
}

/** Reads and writes audit anchors. */
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

/** Returns the JSON object that the signature of an anchor covers, in canonical form. */
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
