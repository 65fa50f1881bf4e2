import type { AuditAnchor, Authority, DelegationRecord } from '../chain/index.js';

/** The result of verifying a receipt. */
export interface ReceiptVerification {
  /** Whether no problem was found. Compare `isPinned`: without pinned keys, a valid receipt is only consistent. */
  readonly valid: boolean;
  /** The problems found, each as a sentence; empty when valid. */
  readonly problems: readonly string[];
  /** The run that the receipt is about. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
  /** The anchors, in the order of the trail. */
  readonly anchors: readonly AuditAnchor[];
  /** The delegations that the anchors depend on. */
  readonly delegations: readonly DelegationRecord[];
  /**
   * The authorities whose keys signed the records. Without `authorities` in the options, only the receipt vouches for
   * them.
   */
  readonly authorities: readonly Authority[];
  /** Whether the keys were compared with ones that the caller trusts. */
  readonly isPinned: boolean;
}
