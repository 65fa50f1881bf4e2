import type { DelegationBinding, ReasoningTrace } from '../../chain/index.js';
import type { Timestamp } from '../../wire/index.js';

/** The terms of a delegation to sign; all of them are copies. */
export interface DelegationTerms {
  /** The agent that delegates. */
  readonly delegatorId: string;
  /** The agent that receives the delegation. */
  readonly delegateeId: string;
  /** The task that the record names. */
  readonly taskId: string;
  /**
   * The capabilities that are given. Default: all capabilities of the delegatee that the delegator can give, else
   * `execute`.
   */
  readonly capabilities?: readonly string[] | undefined;
  /** Constraint labels in addition to those of the delegator itself. */
  readonly constraints: readonly string[];
  /** When it expires at the latest; null if the caller sets no limit. */
  readonly expiresAt: Timestamp | null;
  /** Why the delegation is made. */
  readonly reasoningTrace?: ReasoningTrace | undefined;
  /** The run, invocation and person that the delegation is for. */
  readonly binding: DelegationBinding;
  /** The delegation that the delegator acts under; null if it acts by its own right. */
  readonly parent: BoundDelegation | null;
}

/** A delegation with its binding. */
export interface BoundDelegation {
  /** The id of the delegation. */
  readonly delegationId: string;
  /** The binding that it must have. */
  readonly binding: DelegationBinding;
}
