import {
  ACTION_RESULTS,
  type ActionResult,
  type AuditAnchor,
  type Authority,
  anchorPreimage,
  newId,
  type ReasoningTrace,
  reasoningSignaturePreimage,
  reasoningTraceCodec,
  reasoningTraceHash,
} from '../../chain/index.js';
import { describe, InvalidArgumentError } from '../../errors/index.js';
import { canonicalJson, deepFreeze, type JsonObject, withFields } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { ParsedChain } from '../verify/parsed-records.js';

/** What an anchor is to say; the rest is added when it is signed. */
export interface AnchorDraft {
  readonly agentId: string;
  readonly action: string;
  readonly result: ActionResult;
  readonly resource?: string | null;
  readonly parentAnchorId?: string | null;
  readonly context: JsonObject;
  readonly reasoningTrace?: ReasoningTrace;
}

export interface SignedAnchor {
  readonly anchor: AuditAnchor;
  readonly text: string;
}

/** Signs an anchor with the authority of its agent's chain. */
export async function signAnchor(
  deployment: Deployment,
  draft: AnchorDraft,
  chain: ParsedChain,
  authority: Authority,
): Promise<SignedAnchor> {
  checkDraft(draft);
  const { reasoningTrace } = draft;
  const id = newId('aud');
  const unsigned: AuditAnchor = {
    id,
    agentId: draft.agentId,
    action: draft.action,
    resource: draft.resource ?? null,
    timestamp: deployment.timestamp(),
    trustChainHash: chain.trustChainHash,
    result: draft.result,
    parentAnchorId: draft.parentAnchorId ?? null,
    context: signedContext(draft, authority),
    ...(reasoningTrace && { reasoningTrace }),
    reasoningTraceHash: reasoningTrace ? reasoningTraceHash(reasoningTrace) : null,
  };
  const signed = canonicalJson(anchorPreimage(unsigned));
  const signature = await deployment.sign(signed, authority);
  const reasoningSignature = reasoningTrace
    ? await deployment.sign(reasoningSignaturePreimage(id, reasoningTrace), authority)
    : null;
  const anchor: AuditAnchor = deepFreeze({ ...unsigned, reasoningSignature, signature });
  return { anchor, text: anchorText(signed, anchor) };
}

/** The authority is named since an agent may come under another one later; its old anchors stay what they are. */
const signedContext = ({ context }: AnchorDraft, authority: Authority): JsonObject => ({
  ...context,
  authority_id: authority.id,
});

/** As the reference stores an anchor: what was signed, and behind it the fields that are not. */
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

/** What is signed is kept for ever, so it must be readable for ever. */
function checkDraft({ action, resource, result, agentId }: AnchorDraft): void {
  const isReadable =
    typeof action === 'string' &&
    typeof agentId === 'string' &&
    (resource === undefined || resource === null || typeof resource === 'string') &&
    ACTION_RESULTS.includes(result);
  if (isReadable) return;
  throw new InvalidArgumentError('This cannot be recorded', {
    expected: `a text as action, a text as resource if any, and a result out of ${ACTION_RESULTS.join(', ')}`,
    received: `action ${describe(action)}, resource ${describe(resource)}, result ${describe(result)}`,
    remedy: 'Correct what is to be done; nothing was recorded.',
  });
}
