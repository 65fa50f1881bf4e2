import type { AuditAnchor, DelegationRecord, RunUsage } from '../chain/index.js';
import type { Receipt } from '../receipt/index.js';

/** The outcome of a successful run. */
export interface OrchestrationResult<T = unknown> {
  /** A run that fails rejects instead. */
  readonly success: true;
  /** The value that the pattern returned. */
  readonly result: T;
  /** The run's id, and that of its trail. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** Every anchor of the run, oldest first; all of them are stored. */
  readonly auditTrail: readonly AuditAnchor[];
  /** Every delegation of the run, oldest first. */
  readonly delegations: readonly DelegationRecord[];
  /** Constraint labels and limits that were in force in the run and that nothing enforces. */
  readonly unenforcedConstraints: readonly string[];
  /**
   * The usage that the agents of the run, and of the runs inside it, reported. Each step of a durable run counts once; what an
   * agent reported in an act that was interrupted is lost.
   */
  readonly usage: RunUsage;
  /** The proof of the run for a third party, made when it is asked for. See `verifyReceipt`. */
  receipt(): Promise<Receipt>;
}
