import type { VerificationLevel } from '../../chain/index.js';
import type { ConstraintViolation } from '../../constraints/index.js';
import type { Denial } from './denial.js';

export interface VerificationRequest {
  readonly agentId: string;
  /** What the agent wants to do; matched against its capabilities. */
  readonly action: string;
  readonly resource?: string;
  /** Default: `standard`. */
  readonly level?: VerificationLevel;
  /** What constraint evaluators may want to know, for instance `contains_pii`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Judges the action under what was delegated to the agent for this task. */
  readonly taskId?: string;
  /** Judges the action under this one delegation. */
  readonly delegationId?: string;
  readonly runId?: string;
}

export interface VerificationResult {
  readonly valid: boolean;
  readonly level: VerificationLevel;
  /** Why not; absent when valid. */
  readonly denial?: Denial;
  /** `denial.reason`, under the plan's name. */
  readonly reason?: string;
  /** The id of the capability or delegation that gives the right. */
  readonly capabilityUsed?: string;
  /** Every constraint label that was in force. */
  readonly effectiveConstraints: readonly string[];
  /** Those of them that no evaluator enforces. */
  readonly unenforcedConstraints: readonly string[];
  readonly violations: readonly ConstraintViolation[];
}

/** Called around each verification. Neither can turn a denial into a permission; one that throws denies. */
export interface VerificationHooks {
  /** Denies by returning a reason. */
  beforeVerify?(request: VerificationRequest): string | undefined | Promise<string | undefined>;
  /** Denies by returning a reason. */
  afterVerify?(
    request: VerificationRequest,
    result: VerificationResult,
  ): string | undefined | Promise<string | undefined>;
}
