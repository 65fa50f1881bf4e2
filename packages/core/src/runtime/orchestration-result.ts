import type { AuditAnchor, DelegationRecord } from '../chain/index.js';
import type { Receipt } from '../receipt/index.js';

/** What a run came to (plan, `OrchestrationResult`). */
export interface OrchestrationResult<T = unknown> {
  readonly success: true;
  readonly result: T;
  readonly runId: string;
  readonly taskId: string;
  /** Every anchor of the run, oldest first; all of them are stored. */
  readonly auditTrail: readonly AuditAnchor[];
  readonly delegations: readonly DelegationRecord[];
  /** The proof of the run for somebody else, made when it is asked for. See `verifyReceipt`. */
  receipt(): Promise<Receipt>;
}
