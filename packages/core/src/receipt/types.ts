import type { AuditAnchor, Authority, DelegationRecord } from '../chain/index.js';
import type { TrailProblemCode } from '../trust/audit/trail-judge.js';

/** The kind of a problem with a receipt. */
export type ReceiptProblemCode =
  | TrailProblemCode
  | 'AUTHORITY_NOT_TRUSTED'
  | 'AGENT_OUTSIDE_NAMESPACES'
  | 'RECEIPT_SIGNATURE'
  | 'TRAIL_MISMATCH'
  | 'NOT_ENDED'
  | 'TASK_MISMATCH'
  | 'RECORD_MALFORMED'
  | 'RECORD_REPEATED'
  | 'RECORD_MISSING'
  | 'CHAIN_INVALID'
  | 'DELEGATION_INVALID'
  | 'ACT_NOT_ALLOWED'
  | 'DISCLOSURE_MISMATCH'
  | 'CHECKPOINT_INVALID';

/** A problem with a receipt. */
export interface ReceiptProblem {
  /** The kind of the problem. */
  readonly code: ReceiptProblemCode;
  /** The problem, as a sentence. */
  readonly reason: string;
}

/**
 * The verdict: `valid` if no problem was found and every authority is one that the caller trusts; `consistent` if no problem
 * was found and the caller named no authorities, so that only the receipt vouches for them; else `invalid`.
 */
export type ReceiptVerdict = 'valid' | 'consistent' | 'invalid';

/** The result of verifying a receipt. */
export interface ReceiptVerification {
  /** The verdict. */
  readonly verdict: ReceiptVerdict;
  /** Whether the verdict is `valid`. */
  readonly valid: boolean;
  /** The problems found; empty unless the verdict is `invalid`. */
  readonly problems: readonly ReceiptProblem[];
  /** The run that the receipt is about. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
  /** The anchors, in the order of the trail. */
  readonly anchors: readonly AuditAnchor[];
  /** For each anchor, in the same order, the id of the authority that must have signed it; undefined if it is unknown. */
  readonly signedBy: readonly (string | undefined)[];
  /** The delegations that the anchors depend on. */
  readonly delegations: readonly DelegationRecord[];
  /**
   * The authorities whose keys signed the records. Without `authorities` in the options, only the receipt vouches for
   * them.
   */
  readonly authorities: readonly Authority[];
  /** Whether the keys were compared with ones that the caller trusts. */
  readonly isPinned: boolean;
  /** The keys of these authorities that were revoked, as the statements in the receipt say. */
  readonly revokedKeys: readonly RevokedKeyOfReceipt[];
}

/** A key that was revoked. Records under it count only if a checkpoint or a later anchor shows that they were there before. */
export interface RevokedKeyOfReceipt {
  /** The authority whose key it was. */
  readonly authorityId: string;
  /** The public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The time since when its signatures prove nothing by themselves. */
  readonly since: Date;
  /** Why it was revoked. */
  readonly reason: string;
}
