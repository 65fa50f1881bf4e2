import type { Authority } from '../chain/index.js';
import type { AnchorDraft } from './anchors.js';
import { type ChainEvidence, Unreadable } from './chain-evidence.js';
import { checkKnownIntegrity } from './chain-integrity.js';
import type { Kernel } from './kernel.js';
import { recorderOf } from './recorder.js';
import type { View } from './view.js';

/** An anchor's place in the trail of a run. */
export interface TrailPlace {
  readonly id: string;
  readonly sequence: number;
  readonly previous: string;
}

/** Who signs an anchor. */
export interface SigningChain {
  readonly evidence: ChainEvidence;
  readonly authority: Authority;
  adapt(draft: AnchorDraft, place?: TrailPlace): AnchorDraft;
}

/**
 * Who signs for an agent: its own chain's authority, as long as the chain is whole, even if it is expired or
 * revoked by now (what it was kept from doing is still its record). Otherwise the recorder signs and names the
 * agent as the subject.
 */
export async function signerFor(view: View, { agentId }: AnchorDraft): Promise<SigningChain> {
  const { kernel } = view;
  const needChains = view.needChains([agentId]);
  if (needChains) await needChains;
  const stored = view.chain(agentId);
  const evidence = stored && kernel.chainEvidence(stored);
  if (evidence && !(evidence instanceof Unreadable) && evidence.chain.agentId === agentId) {
    const needAuthorities = view.needAuthorities(evidence.authorityIds);
    if (needAuthorities) await needAuthorities;
    const authority = view.authority(evidence.chain.genesis.authorityId);
    if (authority?.isActive && !checkKnownIntegrity(view, evidence, false)) {
      if (held.get(authority) === kernel || (await holdsKey(kernel, authority))) {
        return { evidence, authority, adapt: placed };
      }
    }
  }
  const recorder = await recorderOf(kernel);
  return {
    evidence: recorder.evidence,
    authority: recorder.authority,
    adapt: (draft, place) =>
      placed(
        {
          ...draft,
          agentId: recorder.agentId,
          context: { ...draft.context, subject_agent_id: draft.agentId },
        },
        place,
      ),
  };
}

const held = new WeakMap<Authority, Kernel>();

/** An agent that came by import may be under an authority whose key is elsewhere. */
async function holdsKey(kernel: Kernel, authority: Authority): Promise<boolean> {
  if ((await kernel.keyManager.publicKey(authority.signingKeyId)) !== authority.publicKey) return false;
  held.set(authority, kernel);
  return true;
}

function placed(draft: AnchorDraft, place?: TrailPlace): AnchorDraft {
  if (!place) return draft;
  const { id, sequence, previous } = place;
  return { ...draft, context: { ...draft.context, trail: { id, sequence, previous } } };
}
