import type { AuditAnchor, Authority, DelegationRecord } from '../chain/index.js';

export interface ReceiptVerification {
  readonly valid: boolean;
  /** The problems found, each as a sentence; empty when valid. */
  readonly problems: readonly string[];
  readonly runId: string;
  readonly taskId: string;
  readonly anchors: readonly AuditAnchor[];
  readonly delegations: readonly DelegationRecord[];
  /** Whose keys all of it rests on. Without `authorities` in the options they are the receipt's own word. */
  readonly authorities: readonly Authority[];
  /** Whether the keys were compared with ones that the caller trusts. */
  readonly isPinned: boolean;
}
