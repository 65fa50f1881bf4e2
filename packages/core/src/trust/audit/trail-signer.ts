import type { Authority } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { judgeKnownSignatures } from '../verify/chain-signatures.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import type { AnchorDraft } from './anchor.js';
import { recorderOf } from './recorder.js';

/** An anchor's place in the trail of a run. */
export interface TrailPlace {
  /** The id of the trail. */
  readonly id: string;
  /** The place in the trail, from 1. */
  readonly sequence: number;
  /** The hash of the entry before. */
  readonly previous: string;
}

/** The agent in whose name an anchor is signed, and the authority that signs it. */
export interface TrailSigner {
  /** The chain of the agent that signs. */
  readonly evidence: ParsedChain;
  /** The authority whose key signs. */
  readonly authority: Authority;
  /** Returns the draft as this agent can sign it. */
  adapt(draft: AnchorDraft, place?: TrailPlace): AnchorDraft;
}

/**
 * Finds who signs for an agent: the authority of its own chain if the chain's signatures are valid, even if the chain is
 * expired or revoked, since a denial is a record of that agent too. Otherwise the recorder signs, and names the agent as
 * the subject.
 *
 * @returns a promise only where something has to be read first.
 */
export function signerFor(
  reads: ReadSet,
  draft: Pick<AnchorDraft, 'agentId'>,
): TrailSigner | Promise<TrailSigner> {
  const { deployment } = reads;
  const { agentId } = draft;
  const need = reads.needChains([agentId]);
  if (need) return need.then(() => signerFor(reads, draft));
  const stored = reads.chain(agentId);
  const evidence = stored && deployment.chainEvidence(stored);
  if (!evidence || evidence instanceof Unreadable || evidence.chain.agentId !== agentId)
    return recorderSigns(deployment);
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) return needAuthorities.then(() => signerFor(reads, draft));
  const authority = reads.authority(evidence.chain.genesis.authorityId);
  if (!authority?.isActive || judgeKnownSignatures(reads, evidence, false)) return recorderSigns(deployment);
  const own: TrailSigner = { evidence, authority, adapt: placed };
  if (held.get(authority) === deployment) return own;
  return holdsKey(deployment, authority).then((holds) => (holds ? own : recorderSigns(deployment)));
}

async function recorderSigns(deployment: Deployment): Promise<TrailSigner> {
  const recorder = await recorderOf(deployment);
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

const held = new WeakMap<Authority, Deployment>();

/** The authority of an imported agent can have its key in another key manager. */
async function holdsKey(deployment: Deployment, authority: Authority): Promise<boolean> {
  if ((await deployment.keyManager.publicKey(authority.signingKeyId)) !== authority.publicKey) return false;
  held.set(authority, deployment);
  return true;
}

function placed(draft: AnchorDraft, place?: TrailPlace): AnchorDraft {
  if (!place) return draft;
  const { id, sequence, previous } = place;
  return { ...draft, context: { ...draft.context, trail: { id, sequence, previous } } };
}
