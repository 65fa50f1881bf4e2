import { type AuditAnchor, type Authority, anchorPreimage } from '../../chain/index.js';
import { linkHash, TRAIL_START, type TrailEntry } from '../../store/index.js';
import { jsonMember, timestampToMillis } from '../../wire/index.js';
import { isSigned } from '../verify/chain-signatures.js';
import { findReasoningDenial } from '../verify/reasoning.js';
import { readAnchor } from './anchor.js';

/** The kind of a problem with a trail. */
export type TrailProblemCode =
  | 'GAP'
  | 'LINK_BROKEN'
  | 'PLACE_MISMATCH'
  | 'ANCHOR_MALFORMED'
  | 'SIGNATURE_INVALID'
  | 'SIGNER_UNKNOWN'
  | 'REASONING_INVALID'
  | 'TIME_BACKWARDS'
  | 'RECORDED_TWICE'
  | 'AFTER_END';

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

  /**
   * @param trailId - the trail that the entries belong to.
   * @param isRun - whether it is the trail of a run, which ends, and in which each invocation is recorded once.
   */
  constructor(
    private readonly trailId: string,
    private readonly isRun: boolean,
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

  /** Judges the next entry. @returns its anchor, if it can be read. */
  take(entry: JudgedEntry, signerOf: SignerOf): AuditAnchor | undefined {
    const { sequence, text } = entry;
    this.#judgeLink(entry);
    this.#before = { sequence, hash: entry.hash };
    const anchor = readAnchor(text);
    if (!anchor) {
      this.#report(sequence, 'ANCHOR_MALFORMED', `entry ${sequence} is not an anchor`);
      return undefined;
    }
    if (!isAtPlace(anchor, this.trailId, entry))
      this.#report(sequence, 'PLACE_MISMATCH', `anchor ${anchor.id} was not signed for this place`);
    this.#judgeSignature(sequence, anchor, signerOf(anchor));
    this.#judgeTime(sequence, anchor);
    if (this.isRun) this.#judgeRun(sequence, anchor);
    return anchor;
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

  #judgeSignature(sequence: number, anchor: AuditAnchor, authority: Authority | undefined): void {
    if (!authority) {
      this.#report(sequence, 'SIGNER_UNKNOWN', `the authority of ${anchor.agentId} is unknown`);
      return;
    }
    if (!isSigned(anchorPreimage(anchor), anchor.signature, authority))
      this.#report(sequence, 'SIGNATURE_INVALID', `anchor ${anchor.id} is not as it was signed`);
    const reasoning = findReasoningDenial(anchor, authority);
    if (reasoning) this.#report(sequence, 'REASONING_INVALID', reasoning.reason);
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
