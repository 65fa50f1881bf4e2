import * as z from 'zod';
import type { HumanOrigin, ReasoningTrace } from '../../chain/index.js';
import { idField, momentField, parseOptions, type Timestamp } from '../../wire/index.js';
import {
  agentIdField,
  capabilityField,
  humanOriginField,
  labelsField,
  reasoningTraceField,
} from '../request-fields.js';

/** A delegation to make. */
export interface DelegateRequest {
  /** The delegator: the agent that gives. */
  readonly delegatorId: string;
  /** The delegatee: the agent that receives. */
  readonly delegateeId: string;
  /** The task that the delegation is for. */
  readonly taskId: string;
  /** The capabilities that are given. `execute` means "do your own job". */
  readonly capabilities: readonly string[];
  /** Constraints in addition to those of the delegator itself, which are always passed on. Default: none. */
  readonly additionalConstraints?: readonly string[];
  /** The expiry time of the delegation. It never outlasts the delegator's own trust or delegation. */
  readonly expiresAt?: Date | Timestamp;
  /** The person on whose behalf the delegation is made. */
  readonly humanOrigin?: HumanOrigin;
  /** Why the delegation is made. */
  readonly reasoningTrace?: ReasoningTrace;
  /**
   * The delegation under which the delegator acts: one that was made outside runs, for the same person.
   * Default: null, by its own right.
   */
  readonly parentDelegationId?: string | null;
  /**
   * Whether the delegation is an offer that the delegatee can accept, and that is then written into its chain permanently.
   * Default: false, for this task only.
   */
  readonly lasting?: boolean;
}

/** The schema of {@link DelegateRequest}. */
export const delegateRequest = z.strictObject({
  delegatorId: agentIdField,
  delegateeId: agentIdField,
  taskId: idField,
  capabilities: z.array(capabilityField),
  additionalConstraints: labelsField.optional(),
  expiresAt: momentField.optional(),
  humanOrigin: humanOriginField.optional(),
  reasoningTrace: reasoningTraceField.optional(),
  parentDelegationId: idField.nullable().optional(),
  lasting: z.boolean().optional(),
});

/** A delegation request as it was read: frozen, and checked in its form. */
export type ParsedDelegateRequest = Readonly<z.output<typeof delegateRequest>>;

/** @throws InvalidArgumentError. */
export const parseDelegateRequest = (given: DelegateRequest): ParsedDelegateRequest =>
  parseOptions(delegateRequest, given, 'delegate()');
