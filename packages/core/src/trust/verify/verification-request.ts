import * as z from 'zod';
import { VERIFICATION_LEVELS, type VerificationLevel } from '../../chain/index.js';
import { frozenObjectField, idField, parseOptions, textField } from '../../wire/index.js';

/** A question to `verify`: whether an agent is allowed to do something now. */
export interface VerificationRequest {
  /** The agent that wants to act. */
  readonly agentId: string;
  /** The action that it wants to do; matched against its capabilities. */
  readonly action: string;
  /** The resource that the action concerns. */
  readonly resource?: string;
  /** The level of the verification. Default: `standard`. */
  readonly level?: VerificationLevel;
  /** Facts for constraint evaluators, for instance `contains_pii`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Judges the action under this delegation. Default: by the agent's own right. A delegation that was made in a run is
   * judged as if in that run; to act under it elsewhere is denied with `DELEGATION_MISMATCH`.
   */
  readonly delegationId?: string;
}

/** The schema of {@link VerificationRequest}. */
export const verificationRequest = z.strictObject({
  agentId: idField,
  action: textField,
  resource: textField.optional(),
  level: z.enum(VERIFICATION_LEVELS).optional(),
  context: frozenObjectField('context').optional(),
  delegationId: idField.optional(),
});

/** @throws InvalidArgumentError, UnsupportedValueError. */
export const parseVerificationRequest = (given: VerificationRequest) =>
  parseOptions(verificationRequest, given, 'verify()');
