import type { AuditAnchor } from '../../chain/index.js';
import type { TrailEntry } from '../../store/index.js';
import { jsonMember, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { readAnchor } from './anchor.js';
import { SHARED_TRAIL } from './shared-trail.js';
import { type SignerOf, TrailJudge, type TrailProblem, type TrailState } from './trail-judge.js';

/** The result of verifying a trail. */
export interface TrailVerification {
  /** The state of the trail. Entries that were cut off its end leave it `open`. */
  readonly state: TrailState;
  /** Whether the trail is `ended`. The trail for everything outside runs never is: compare `state` and `problems`. */
  readonly valid: boolean;
  /** The place of the last entry: the number of entries of a trail without gaps. */
  readonly entries: number;
  /** The problems, in the order of the trail. */
  readonly problems: readonly TrailProblem[];
}

/** How many entries are read at a time. */
const PAGE = 1_000;

/** Judges whether a stored trail is whole, in order, signed throughout, and ended. */
export async function verifyStoredTrail(deployment: Deployment, trailId: string): Promise<TrailVerification> {
  const judge = new TrailJudge(trailId, trailId !== SHARED_TRAIL);
  for (;;) {
    const afterSequence = judge.head.sequence;
    const page = await deployment.store.readTrail(trailId, { afterSequence, limit: PAGE });
    const signerOf = await signersOf(deployment, page);
    for (const entry of page) judge.take(entry, signerOf);
    if (page.length < PAGE) break;
  }
  const { state, problems, head } = judge;
  return { state, valid: state === 'ended', entries: head.sequence, problems };
}

/**
 * Returns a function that finds the authority of an agent's chain. For an anchor that is older than the chain, the
 * agent was established again later, and the authority is the one that the anchor names if it is allowed to create
 * agents.
 */
async function signersOf(deployment: Deployment, entries: readonly TrailEntry[]): Promise<SignerOf> {
  const anchors = entries.flatMap((entry) => readAnchor(entry.text) ?? []);
  const agentIds = [...new Set(anchors.map((anchor) => anchor.agentId))];
  const chains = new Map<string, ParsedChain>();
  for (const [i, stored] of (await deployment.store.readChains(agentIds)).entries()) {
    const evidence = stored && deployment.chainEvidence(stored);
    if (evidence && !(evidence instanceof Unreadable)) chains.set(agentIds[i] as string, evidence);
  }
  const named = anchors.flatMap((anchor) => namedAuthority(anchor) ?? []);
  const ids = [...chains.values()].map((evidence) => evidence.chain.genesis.authorityId);
  const authorities = await deployment.readAuthorities([...new Set([...ids, ...named])]);
  const believed = new Map([...authorities].filter(([, authority]) => deployment.believed(authority)));
  return (anchor) => {
    const genesis = chains.get(anchor.agentId)?.chain.genesis;
    if (!genesis) return undefined;
    const isOlder = timestampToMillis(anchor.timestamp) <= timestampToMillis(genesis.createdAt);
    const before = isOlder ? believed.get(namedAuthority(anchor) ?? '') : undefined;
    return before?.permissions.includes('create_agents') ? before : believed.get(genesis.authorityId);
  };
}

const namedAuthority = (anchor: AuditAnchor): string | undefined => {
  const id = jsonMember(anchor.context, 'authority_id');
  return typeof id === 'string' ? id : undefined;
};
