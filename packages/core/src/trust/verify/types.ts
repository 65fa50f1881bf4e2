import type { DelegationBinding, VerificationLevel } from '../../chain/index.js';
import type { ConstraintViolation } from '../../constraints/index.js';
import type { Denial } from './denial.js';
import type { VerificationRequest } from './verification-request.js';

export type { VerificationRequest } from './verification-request.js';

/** The facts that the guard knows about an action before it happens; all of them are copies. */
export interface GuardedFacts {
  /** The method that is called; null for a tool. */
  readonly method: string | null;
  /** The tool that is used; null for a method. */
  readonly tool: string | null;
  /** The effects of the tool, as its author declared them. */
  readonly effects: 'read' | 'write' | undefined;
  /** The pseudonym of the person on whose behalf it is done. */
  readonly person: string | null;
  /** When the invocation began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How many tools were used in this run or call so far, this one included. */
  readonly toolCalls: number;
  /** The ids of the people who approved exactly this act; absent if none did. */
  readonly approvedBy?: readonly string[] | undefined;
  /** The input or the tool's arguments, frozen; copied only if an evaluator asks. */
  input(): unknown;
}

/** A request of the guard itself: with the binding that the delegation must have, and the facts of the action. */
export interface GuardedRequest extends VerificationRequest {
  /** The binding that the delegation must have. */
  readonly binding?: DelegationBinding | undefined;
  /** The act that is about to happen; absent if there is none. */
  readonly guarded?: GuardedFacts | undefined;
}

/** Answers whether an agent may do something, and why. */
export interface VerificationResult {
  /** Whether the agent is allowed to act. */
  readonly valid: boolean;
  /** The level at which it was judged. */
  readonly level: VerificationLevel;
  /** The denial; absent when valid. */
  readonly denial?: Denial;
  /** The same as `denial.reason`. */
  readonly reason?: string;
  /** The id of the capability or delegation that gives the right. */
  readonly capabilityUsed?: string;
  /** When the right ends, in milliseconds since the epoch; absent if it does not. */
  readonly validUntil?: number;
  /** When the work must stop because of a limit of a record, in milliseconds since the epoch; absent if it need not. */
  readonly endsAt?: number;
  /** Every constraint label that was in force. */
  readonly effectiveConstraints: readonly string[];
  /** The labels among them that no evaluator enforces. */
  readonly unenforcedConstraints: readonly string[];
  /** The constraints that forbid it. */
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
