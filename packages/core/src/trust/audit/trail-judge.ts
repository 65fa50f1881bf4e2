import type { AuditAnchor, Authority } from '../../chain/index.js';
import { linkHash, TRAIL_START, type TrailEntry } from '../../store/index.js';
import { jsonMember, timestampToMillis } from '../../wire/index.js';
import { revokedKeysOf } from '../statements/believed-view.js';
import { isSigned } from '../verify/chain-signatures.js';
import { findReasoningDenial } from '../verify/reasoning.js';
import { readSignedAnchor } from './anchor.js';

/** The kind of a problem with a trail. */
export type TrailProblemCode =
  | 'GAP'
  | 'LINK_BROKEN'
  | 'PLACE_MISMATCH'
  | 'ANCHOR_MALFORMED'
  | 'SIGNATURE_INVALID'
  | 'SIGNER_UNKNOWN'
  | 'KEY_REVOKED'
  | 'REASONING_INVALID'
  | 'TIME_BACKWARDS'
  | 'RECORDED_TWICE'
  | 'AFTER_END'
  | 'CHECKPOINT_MISMATCH'
  | 'CUT';

/** A problem with one entry of a trail. */
export interface TrailProblem<Code extends string = TrailProblemCode> {
  /** The place of the entry in its trail; 0 for a problem of the whole trail. */
  readonly sequence: number;
  /** The kind of the problem. */
  readonly code: Code;
  /** The problem, as a sentence. */
  readonly reason: string;
}

/**
 * The state of a trail: its last anchor ends the run and everything before it is there (`ended`); all is in order up to
 * the last anchor, which does not end a run (`open`); the store has no entry of it (`missing`); or an entry is wrong
 * (`broken`).
 */
export type TrailState = 'ended' | 'open' | 'missing' | 'broken';

/** Finds the authority whose key an anchor must be signed with. */
export type SignerOf = (anchor: AuditAnchor) => Authority | undefined;

/** An entry of the trail that a checkpoint names. */
export interface CheckpointedEntry {
  /** The place of the entry; 0 if the checkpoint does not name the trail. */
  readonly sequence: number;
  /** The hash of the entry. */
  readonly hash: string;
  /** The moment before which the checkpoint was made, according to a key that counts; Infinity without such a key. */
  readonly madeBefore: number;
}

/** The form of an entry that is judged. */
export type JudgedEntry = Pick<TrailEntry, 'sequence' | 'previousHash' | 'hash' | 'text'>;

/** The actions of a run's last anchor. */
const RUN_ENDINGS: readonly string[] = ['orchestration_complete', 'orchestration_failed'];

/**
 * Whether an anchor ends its run. An agent's act can have the same action, but it names its invocation, and only the
 * runtime records the number of entries.
 */
export const isRunEnding = ({ action, context }: AuditAnchor): boolean =>
  RUN_ENDINGS.includes(action) &&
  jsonMember(context, 'invocation_id') === undefined &&
  typeof jsonMember(context, 'entries') === 'number';

/**
 * Judges the entries of one trail in their order: the rule that the verification of trails and that of receipts share.
 * The order is that of the sequence; an anchor is signed for its place, and is never earlier than the one before it.
 */
export class TrailJudge {
  /** The problems found so far. */
  readonly problems: TrailProblem[] = [];
  #before: Pick<JudgedEntry, 'sequence' | 'hash'> = { sequence: 0, hash: TRAIL_START };
  #time = Number.NEGATIVE_INFINITY;
  #isEnded = false;
  readonly #seen = new Set<string>();
  /** Anchors under keys that were revoked, which nothing shows yet to have been there before. */
  #unproven: { readonly sequence: number; readonly id: string; readonly since: number }[] = [];

  /**
   * @param trailId - the trail that the entries belong to.
   * @param isRun - whether it is the trail of a run, which ends, and in which each invocation is recorded once.
   * @param checkpoints - what checkpoints say about the trail.
   */
  constructor(
    private readonly trailId: string,
    private readonly isRun: boolean,
    private readonly checkpoints: readonly CheckpointedEntry[] = [],
  ) {}

  /** The place and hash of the last entry. */
  get head(): Pick<JudgedEntry, 'sequence' | 'hash'> {
    return this.#before;
  }

  /** The state of the trail if no more entries follow. */
  get state(): TrailState {
    if (this.problems.length > 0) return 'broken';
    if (this.#before.sequence === 0) return 'missing';
    return this.#isEnded ? 'ended' : 'open';
  }

  /** Judges the next entry. @param read - what is in it, if it was read already. @returns its anchor, if it can be read. */
  take(entry: JudgedEntry, signerOf: SignerOf, read = readSignedAnchor(entry.text)): AuditAnchor | undefined {
    const { sequence } = entry;
    this.#judgeLink(entry);
    this.#judgeCheckpoints(entry);
    this.#before = { sequence, hash: entry.hash };
    if (!read) {
      this.#report(sequence, 'ANCHOR_MALFORMED', `entry ${sequence} is not an anchor`);
      return undefined;
    }
    const { anchor, signed } = read;
    if (!isAtPlace(anchor, this.trailId, entry))
      this.#report(sequence, 'PLACE_MISMATCH', `anchor ${anchor.id} was not signed for this place`);
    this.#judgeSignature(sequence, anchor, signed, signerOf(anchor));
    this.#judgeTime(sequence, anchor);
    if (this.isRun) this.#judgeRun(sequence, anchor);
    return anchor;
  }

  /** Judges what only the whole trail shows. Called once, after the last entry. */
  end(): void {
    const { sequence } = this.#before;
    for (const known of this.checkpoints) {
      if (known.sequence > sequence)
        this.#report(
          sequence,
          'CUT',
          `it ended at entry ${sequence}, and a checkpoint knows ${known.sequence}`,
        );
    }
    for (const { sequence: at, id, since } of this.#unproven) {
      this.#report(
        at,
        'KEY_REVOKED',
        Number.isFinite(since)
          ? `the key of anchor ${id} is revoked since ${new Date(since).toISOString()}, and nothing shows that the anchor was there before`
          : `the key of anchor ${id} was replaced, and no key that counts says that it was not revoked`,
      );
    }
    this.#unproven = [];
  }

  #judgeCheckpoints({ sequence, hash }: JudgedEntry): void {
    for (const known of this.checkpoints)
      if (known.sequence === sequence && known.hash !== hash)
        this.#report(
          sequence,
          'CHECKPOINT_MISMATCH',
          `entry ${sequence} is not the one that a checkpoint names`,
        );
  }

  #judgeLink({ sequence, previousHash, hash, text }: JudgedEntry): void {
    const before = this.#before;
    if (sequence !== before.sequence + 1)
      this.#report(sequence, 'GAP', `entry ${sequence} follows entry ${before.sequence}`);
    if (previousHash !== before.hash)
      this.#report(sequence, 'LINK_BROKEN', `entry ${sequence} does not follow the one before it`);
    if (linkHash(previousHash, text) !== hash)
      this.#report(sequence, 'LINK_BROKEN', `entry ${sequence} was changed`);
  }

  #judgeSignature(
    sequence: number,
    anchor: AuditAnchor,
    signed: string,
    authority: Authority | undefined,
  ): void {
    if (!authority) {
      this.#report(sequence, 'SIGNER_UNKNOWN', `the authority of ${anchor.agentId} is unknown`);
      return;
    }
    const isSound = isSigned(signed, anchor.signature, authority);
    const revoked = isSound ? undefined : this.#revokedSigner(signed, anchor, authority);
    if (isSound) this.#proveBefore(timestampToMillis(anchor.timestamp));
    else if (revoked) this.#judgeRevoked(sequence, anchor.id, revoked.since);
    else this.#report(sequence, 'SIGNATURE_INVALID', `anchor ${anchor.id} is not as it was signed`);
    const reasoning = findReasoningDenial(anchor, revoked?.signer ?? authority);
    if (reasoning) this.#report(sequence, 'REASONING_INVALID', reasoning.reason);
  }

  #revokedSigner(
    preimage: string,
    { signature }: AuditAnchor,
    authority: Authority,
  ): { readonly signer: Authority; readonly since: number } | undefined {
    for (const [publicKey, { since }] of revokedKeysOf(authority)) {
      const signer = { ...authority, publicKey };
      if (isSigned(preimage, signature, signer)) return { signer, since };
    }
    return undefined;
  }

  /** A holder of the key can date an anchor freely. A checkpoint from before shows that it was there. */
  #judgeRevoked(sequence: number, id: string, since: number): void {
    const isProven = this.checkpoints.some((known) => sequence <= known.sequence && known.madeBefore < since);
    if (!isProven) this.#unproven.push({ sequence, id, since });
  }

  /** An anchor under a key that counts covers all anchors before it: they were there when it was signed. */
  #proveBefore(signedAt: number): void {
    if (this.#unproven.length > 0) this.#unproven = this.#unproven.filter(({ since }) => since <= signedAt);
  }

  #judgeTime(sequence: number, { id, timestamp }: AuditAnchor): void {
    const at = timestampToMillis(timestamp);
    if (!(at >= this.#time))
      this.#report(sequence, 'TIME_BACKWARDS', `anchor ${id} is earlier than the one before it`);
    else this.#time = at;
  }

  #judgeRun(sequence: number, anchor: AuditAnchor): void {
    const invocationId = jsonMember(anchor.context, 'invocation_id');
    for (const name of [anchor.id, invocationId]) {
      if (typeof name !== 'string') continue;
      if (this.#seen.has(name)) this.#report(sequence, 'RECORDED_TWICE', `${name} is recorded twice`);
      this.#seen.add(name);
    }
    if (this.#isEnded)
      this.#report(sequence, 'AFTER_END', `entry ${sequence} comes after the end of the run`);
    if (!isRunEnding(anchor)) return;
    this.#isEnded = true;
    const entries = jsonMember(anchor.context, 'entries');
    if (entries !== sequence)
      this.#report(sequence, 'GAP', `the run ended with ${String(entries)} entries, not ${sequence}`);
  }

  #report(sequence: number, code: TrailProblemCode, reason: string): void {
    this.problems.push({ sequence, code, reason });
  }
}

function isAtPlace(anchor: AuditAnchor, trailId: string, entry: JudgedEntry): boolean {
  const place = jsonMember(anchor.context, 'trail');
  return (
    jsonMember(place, 'id') === trailId &&
    jsonMember(place, 'sequence') === entry.sequence &&
    jsonMember(place, 'previous') === entry.previousHash
  );
}
