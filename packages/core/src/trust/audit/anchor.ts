import {
  ACTION_RESULTS,
  type ActionResult,
  type AuditAnchor,
  type Authority,
  anchorPreimage,
  auditAnchorCodec,
  newId,
  type ReasoningTrace,
  reasoningSignaturePreimage,
  reasoningTraceCodec,
  reasoningTraceHash,
} from '../../chain/index.js';
import { describe, InvalidArgumentError } from '../../errors/index.js';
import { hookedContext, redactedText } from '../../secrets/redact-hook.js';
import { canonicalJson, deepFreeze, type JsonObject, withFields } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { ParsedChain } from '../verify/parsed-records.js';

/** The content of an anchor to sign. The rest is added when it is signed. */
export interface AnchorDraft {
  /** The agent that acted. */
  readonly agentId: string;
  /** The action to record. */
  readonly action: string;
  /** The result of the action. */
  readonly result: ActionResult;
  /** The resource that the action concerned. */
  readonly resource?: string | null;
  /** The anchor that this one continues. */
  readonly parentAnchorId?: string | null;
  /** The details to sign. */
  readonly context: JsonObject;
  /** Details of the runtime that no hook redacts. Default: none. */
  readonly exact?: JsonObject;
  /** The reasoning behind the action. */
  readonly reasoningTrace?: ReasoningTrace;
  /** When the action began, in milliseconds since the epoch. The anchor is never earlier. */
  readonly startedAt?: number;
}

/** A signed anchor, with its text. */
export interface SignedAnchor {
  /** The anchor. */
  readonly anchor: AuditAnchor;
  /** The text that stores keep. */
  readonly text: string;
}

/**
 * Signs an anchor with the authority of its agent's chain. @returns a promise where the key manager does.
 *
 * @param notBefore - the time of the anchor before it in its trail, in milliseconds since the epoch. A clock that goes
 * back makes no anchor earlier than that.
 */
export function signAnchor(
  deployment: Deployment,
  draft: AnchorDraft,
  chain: ParsedChain,
  authority: Authority,
  notBefore: number,
): SignedAnchor | Promise<SignedAnchor> {
  checkDraft(draft);
  const { reasoningTrace } = draft;
  const id = newId('aud');
  const unsigned: AuditAnchor = {
    id,
    agentId: draft.agentId,
    action: draft.action,
    resource: draft.resource == null ? null : redactedText(draft.resource, deployment.settings.redact),
    timestamp: deployment.timestampOf(
      Math.max(deployment.now(), notBefore, draft.startedAt ?? Number.NEGATIVE_INFINITY),
    ),
    trustChainHash: chain.trustChainHash,
    result: draft.result,
    parentAnchorId: draft.parentAnchorId ?? null,
    context: signedContext(deployment, draft, authority),
    ...(reasoningTrace && { reasoningTrace }),
    reasoningTraceHash: reasoningTrace ? reasoningTraceHash(reasoningTrace) : null,
  };
  const signed = canonicalJson(anchorPreimage(unsigned));
  const signature = deployment.sign(signed, authority);
  // A synchronous key manager is not awaited, since every step has a signature.
  if (typeof signature === 'string' && !reasoningTrace) return sealed(unsigned, signed, signature, null);
  return Promise.resolve(signature).then(async (own) => {
    const reasoning = reasoningTrace
      ? await deployment.sign(reasoningSignaturePreimage(id, reasoningTrace), authority)
      : null;
    return sealed(unsigned, signed, own, reasoning);
  });
}

function sealed(
  unsigned: AuditAnchor,
  signed: string,
  signature: string,
  reasoningSignature: string | null,
): SignedAnchor {
  const anchor: AuditAnchor = deepFreeze({ ...unsigned, reasoningSignature, signature });
  return { anchor, text: anchorText(signed, anchor) };
}

/** Names the authority, since the agent can be established under another one later and its old anchors stay valid. */
const signedContext = (
  { settings }: Deployment,
  { context, exact }: AnchorDraft,
  authority: Authority,
): JsonObject => ({
  ...hookedContext(context, settings.redact),
  ...exact,
  authority_id: authority.id,
});

/** Writes an anchor as the reference stores it: the signed part, followed by the fields that are not signed. */
function anchorText(
  signed: string,
  { reasoningTrace, reasoningSignature = null, signature = null }: AuditAnchor,
): string {
  if (!reasoningTrace) return withFields(signed, { reasoning_signature: null, signature });
  return withFields(signed, {
    reasoning_signature: reasoningSignature,
    ...(reasoningTrace && { reasoning_trace: reasoningTraceCodec.encode(reasoningTrace) }),
    signature,
  });
}

/** An anchor as it was read. */
export interface ReadAnchor {
  /** The anchor. */
  readonly anchor: AuditAnchor;
  /** The string that was signed. */
  readonly signed: string;
}

/** Returns the anchor in a stored text, with the string that was signed; undefined if the text holds none. */
export function readSignedAnchor(text: string): ReadAnchor | undefined {
  const anchor = readAnchor(text);
  return anchor && { anchor, signed: canonicalJson(anchorPreimage(anchor)) };
}

/** Returns the anchor in a stored text; undefined if the text holds none. */
export function readAnchor(text: string): AuditAnchor | undefined {
  try {
    return auditAnchorCodec.decodeText(text);
  } catch {
    return undefined;
  }
}

/** A signed anchor is never changed, so it must be readable before it is signed. */
function checkDraft({ action, resource, result, agentId }: AnchorDraft): void {
  const isReadable =
    typeof action === 'string' &&
    typeof agentId === 'string' &&
    (resource === undefined || resource === null || typeof resource === 'string') &&
    ACTION_RESULTS.includes(result);
  if (isReadable) return;
  throw new InvalidArgumentError('The content of the anchor is invalid', {
    expected: `an action and a resource that are strings, and one of the results ${ACTION_RESULTS.join(', ')}`,
    received: `action ${describe(action)}, resource ${describe(resource)}, result ${describe(result)}`,
    remedy: 'Correct the call. The anchor was not recorded.',
  });
}
