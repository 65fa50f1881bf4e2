import { type AuditAnchor, type Authority, anchorPreimage, auditAnchorCodec } from '../../chain/index.js';
import { linkHash, TRAIL_START, type TrailEntry } from '../../store/index.js';
import { jsonMember, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { isSigned } from '../verify/chain-signatures.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { findReasoningDenial } from '../verify/reasoning.js';
import { SHARED_TRAIL } from './shared-trail.js';

/** A problem with one entry of a trail. */
export interface TrailProblem {
  /** The place of the entry in its trail. */
  readonly sequence: number;
  /** The kind of the problem. */
  readonly code:
    | 'GAP'
    | 'LINK_BROKEN'
    | 'PLACE_MISMATCH'
    | 'ANCHOR_MALFORMED'
    | 'SIGNATURE_INVALID'
    | 'SIGNER_UNKNOWN'
    | 'REASONING_INVALID';
  /** The problem, as a sentence. */
  readonly reason: string;
}

/** The result of verifying a trail. */
export interface TrailVerification {
  /** Whether no problem was found. */
  readonly valid: boolean;
  /** The place of the last entry: the number of entries of a trail without gaps. */
  readonly entries: number;
  /** The problems, in the order of the trail. */
  readonly problems: readonly TrailProblem[];
}

/** Whether a stored trail is whole, in order and signed throughout. */
export async function verifyStoredTrail(deployment: Deployment, trailId: string): Promise<TrailVerification> {
  const problems: TrailProblem[] = [];
  let last: Pick<TrailEntry, 'sequence' | 'hash'> = { sequence: 0, hash: TRAIL_START };
  for (;;) {
    const page = await deployment.store.readTrail(trailId, { afterSequence: last.sequence, limit: 1000 });
    const signerOf = await signersOf(deployment, page);
    for (const entry of page) {
      problems.push(...checkEntry(entry, last, trailId, signerOf));
      last = entry;
    }
    if (page.length < 1000) break;
  }
  return { valid: problems.length === 0, entries: last.sequence, problems };
}

/** Checks one entry against the one before it. */
export function checkEntry(
  entry: Pick<TrailEntry, 'sequence' | 'previousHash' | 'hash' | 'text'>,
  before: Pick<TrailEntry, 'sequence' | 'hash'>,
  trailId: string,
  signerOf: SignerOf,
): TrailProblem[] {
  const problems: TrailProblem[] = [];
  const { sequence } = entry;
  const report = (code: TrailProblem['code'], reason: string): void =>
    void problems.push({ sequence, code, reason });
  if (sequence !== before.sequence + 1) report('GAP', `entry ${sequence} follows entry ${before.sequence}`);
  if (entry.previousHash !== before.hash)
    report('LINK_BROKEN', `entry ${sequence} does not follow the one before it`);
  if (linkHash(entry.previousHash, entry.text) !== entry.hash)
    report('LINK_BROKEN', `entry ${sequence} was changed`);
  const anchor = readAnchor(entry.text);
  if (!anchor) {
    report('ANCHOR_MALFORMED', `entry ${sequence} is not an anchor`);
    return problems;
  }
  if (trailId !== SHARED_TRAIL && !isAtPlace(anchor, trailId, entry)) {
    report('PLACE_MISMATCH', `anchor ${anchor.id} was signed for another place`);
  }
  const authority = signerOf(anchor);
  if (!authority) report('SIGNER_UNKNOWN', `the authority of ${anchor.agentId} is unknown`);
  else if (!isSigned(anchorPreimage(anchor), anchor.signature, authority)) {
    report('SIGNATURE_INVALID', `anchor ${anchor.id} is not as it was signed`);
  }
  const reasoning = authority && findReasoningDenial(anchor, authority);
  if (reasoning) report('REASONING_INVALID', reasoning.reason);
  return problems;
}

/** Returns the anchor in a stored text; undefined if the text holds none. */
export function readAnchor(text: string): AuditAnchor | undefined {
  try {
    return auditAnchorCodec.decodeText(text);
  } catch {
    return undefined;
  }
}

function isAtPlace(
  anchor: AuditAnchor,
  trailId: string,
  entry: Pick<TrailEntry, 'sequence' | 'previousHash'>,
): boolean {
  const place = jsonMember(anchor.context, 'trail');
  return (
    jsonMember(place, 'id') === trailId &&
    jsonMember(place, 'sequence') === entry.sequence &&
    jsonMember(place, 'previous') === entry.previousHash
  );
}

/** Finds whose key an anchor must be signed with. */
type SignerOf = (anchor: AuditAnchor) => Authority | undefined;

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
