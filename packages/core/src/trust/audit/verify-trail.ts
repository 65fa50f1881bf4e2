import * as z from 'zod';
import type { AuditAnchor } from '../../chain/index.js';
import type { GivenCheckpoint, TrailEntry } from '../../store/index.js';
import { isRunTrail } from '../../store/index.js';
import { jsonMember, parseOptions, timestampToMillis } from '../../wire/index.js';
import { givenCheckpointField } from '../checkpoint/checkpoint-record.js';
import { checkpointEvidence, entryIn } from '../checkpoint/evidence.js';
import {
  type CheckpointVerificationOptions,
  checkpointVerificationOptions,
  parseNoteKeys,
} from '../checkpoint/note-keys.js';
import type { Deployment } from '../deployment.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { readAnchor } from './anchor.js';
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

/** How a trail is verified. */
export interface TrailVerificationOptions extends CheckpointVerificationOptions {
  /**
   * Checkpoints that the trail is compared with: entries that one names must be there, unchanged. One from before a key was
   * revoked shows which anchors the key had signed by then, if a key that was not revoked vouches for its time: that of a
   * witness, or of another authority. Default: none.
   */
  readonly checkpoint?: GivenCheckpoint | readonly GivenCheckpoint[];
  /**
   * A moment at which the checkpoints existed, which the caller knows otherwise, for instance by a timestamp of RFC 3161.
   * Default: none.
   */
  readonly existedAt?: Date;
}

/** The schema of {@link TrailVerificationOptions}. */
export const trailVerificationOptions = checkpointVerificationOptions.extend({
  checkpoint: z.union([givenCheckpointField, z.array(givenCheckpointField)]).optional(),
  existedAt: z.date().optional(),
});

/** How many entries are read at a time. */
const PAGE = 1_000;

/** Judges whether a stored trail is whole, in order, signed throughout, and ended. */
export async function verifyStoredTrail(
  deployment: Deployment,
  trailId: string,
  given: TrailVerificationOptions = {},
): Promise<TrailVerification> {
  const { checkpoint, existedAt, ...more } = parseOptions(trailVerificationOptions, given, 'verifyTrail()');
  const evidence = await checkpointEvidence(
    deployment,
    checkpoint,
    parseNoteKeys(more, 'verifyTrail()'),
    existedAt,
  );
  const judge = new TrailJudge(
    trailId,
    isRunTrail(trailId),
    evidence.map((each) => entryIn(each, trailId)),
  );
  for (;;) {
    const afterSequence = judge.head.sequence;
    const page = await deployment.store.readTrail(trailId, { afterSequence, limit: PAGE });
    const signerOf = await signersOf(deployment, page);
    for (const entry of page) judge.take(entry, signerOf);
    if (page.length < PAGE) break;
  }
  judge.end();
  const { problems, head } = judge;
  const state = head.sequence === 0 ? 'missing' : judge.state;
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
