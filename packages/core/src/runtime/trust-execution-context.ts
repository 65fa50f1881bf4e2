import type { AuditAnchor, DelegationRecord, HumanOrigin } from '../chain/index.js';

/** One run's facts: one for each run, so that runs at the same time stay apart (plan, "Execution Context"). */
export class TrustExecutionContext {
  readonly auditTrail: readonly AuditAnchor[];
  readonly delegations: DelegationRecord[] = [];
  readonly runId: string;
  readonly taskId: string;
  readonly pattern: string;
  readonly initiatorId: string | undefined;
  readonly humanOrigin: HumanOrigin | undefined;
  readonly startedAt: Date;
  /** The agent that acted last. */
  currentAgentId: string | undefined;

  constructor(
    facts: {
      readonly runId: string;
      readonly taskId: string;
      readonly pattern: string;
      readonly initiatorId: string | undefined;
      readonly humanOrigin: HumanOrigin | undefined;
      readonly startedAt: Date;
    },
    auditTrail: readonly AuditAnchor[] = [],
  ) {
    this.runId = facts.runId;
    this.taskId = facts.taskId;
    this.pattern = facts.pattern;
    this.initiatorId = facts.initiatorId;
    this.humanOrigin = facts.humanOrigin;
    this.startedAt = facts.startedAt;
    this.auditTrail = auditTrail;
  }

  /** The anchor that the next one will name as its parent. */
  get parentAnchorId(): string | undefined {
    return this.auditTrail.at(-1)?.id;
  }

  recordDelegation(delegation: DelegationRecord): void {
    this.delegations.push(delegation);
  }
}
