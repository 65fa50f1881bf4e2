import type { Authority } from '../../chain/index.js';
import { InvalidTrustChainError, isEatpError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
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
 * @throws KeyError `KEY_NOT_FOUND` if the key is not here and the deployment names no recorder; AuthorityError
 * `RECORDER_REQUIRED`.
 */
export function signerFor(
  reads: ReadSet,
  draft: Pick<AnchorDraft, 'agentId'>,
): TrailSigner | Promise<TrailSigner> {
  // An act can last longer than the key that it began under.
  if (!reads.isCurrent) return signerFor(new ReadSet(reads.deployment), draft);
  const own = ownSigner(reads, draft.agentId);
  if (own instanceof Promise) return own.then((found) => found ?? recorderSigns(reads, draft.agentId));
  return own ?? recorderSigns(reads, draft.agentId);
}

/**
 * Checks, before an agent acts, that the authority of its chain can sign the record.
 *
 * @returns a promise only where something has to be read first.
 * @throws KeyError `KEY_NOT_FOUND`.
 */
export function expectKeyFor(reads: ReadSet, agentId: string): Promise<void> | undefined {
  const need = reads.needChains([agentId]);
  if (need) return need.then(() => expectKeyFor(reads, agentId));
  const evidence = evidenceOf(reads, agentId);
  const needAuthorities = evidence && reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) return needAuthorities.then(() => expectKeyFor(reads, agentId));
  const authority = evidence && reads.authority(evidence.chain.genesis.authorityId);
  return authority && reads.deployment.keys.expect(authority);
}

/** Returns what signs for an agent by its own chain; undefined if the chain, the authority or the key is not usable. */
function ownSigner(
  reads: ReadSet,
  agentId: string,
): TrailSigner | undefined | Promise<TrailSigner | undefined> {
  const need = reads.needChains([agentId]);
  if (need) return need.then(() => ownSigner(reads, agentId));
  const evidence = evidenceOf(reads, agentId);
  if (!evidence) return undefined;
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) return needAuthorities.then(() => ownSigner(reads, agentId));
  const authority = reads.authority(evidence.chain.genesis.authorityId);
  if (!authority) return undefined;
  const judge = (): TrailSigner | undefined => {
    // An inactive authority gives no rights, but what its agents did until then has to be recorded.
    const denial = judgeKnownSignatures(reads, evidence, false);
    const isUsable = !denial || denial.code === 'AUTHORITY_NOT_PERMITTED';
    return isUsable ? { evidence, authority, adapt: placed } : undefined;
  };
  // First of all, since an authority whose key is elsewhere can be unknown here for just that reason.
  const missing = reads.deployment.keys.expect(authority);
  return missing ? missing.then(judge, keyless(reads.deployment)) : judge();
}

/** Without a recorder, a missing key is the error. */
const keyless =
  ({ settings }: Deployment) =>
  (error: unknown): undefined => {
    if (!isEatpError(error, 'KEY_NOT_FOUND') || settings.recorder === undefined) throw error;
  };

/** The chain of an agent, which can be revoked or expired; undefined if there is none, or it is not usable. */
function evidenceOf(reads: ReadSet, agentId: string): ParsedChain | undefined {
  const stored = reads.chain(agentId);
  const evidence = stored && reads.deployment.chainEvidence(stored);
  if (!evidence || evidence instanceof Unreadable || evidence.chain.agentId !== agentId) return undefined;
  return evidence;
}

async function recorderSigns({ deployment }: ReadSet, subjectId: string): Promise<TrailSigner> {
  const recorderId = await recorderOf(deployment, `agent '${subjectId}' has no usable trust chain`);
  const signer = await ownSigner(new ReadSet(deployment), recorderId);
  if (!signer) throw new InvalidTrustChainError(recorderId, 'the chain of the recorder is not usable');
  return {
    ...signer,
    adapt: (draft, place) =>
      placed(
        {
          ...draft,
          agentId: recorderId,
          context: { ...draft.context, subject_agent_id: draft.agentId },
        },
        place,
      ),
  };
}

function placed(draft: AnchorDraft, place?: TrailPlace): AnchorDraft {
  if (!place) return draft;
  const { id, sequence, previous } = place;
  return { ...draft, context: { ...draft.context, trail: { id, sequence, previous } } };
}
