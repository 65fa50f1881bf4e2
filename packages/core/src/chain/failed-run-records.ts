import type { AuditAnchor } from './audit-anchor.js';
import type { DelegationRecord } from './delegation-record.js';
import type { RunUsage } from './reported-usage.js';

declare module '../errors/failed-run.js' {
  interface FailedRun {
    /** The run's anchors, oldest first. */
    readonly auditTrail: readonly AuditAnchor[];
    /** The delegations that the run made, oldest first. */
    readonly delegations: readonly DelegationRecord[];
    /** The usage that the agents of the run, and of the runs inside it, reported. */
    readonly usage: RunUsage;
  }
}
