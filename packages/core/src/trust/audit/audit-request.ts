import * as z from 'zod';
import {
  ACTION_RESULTS,
  type ActionResult,
  type HumanOrigin,
  type ReasoningTrace,
} from '../../chain/index.js';
import { InvalidArgumentError } from '../../errors/index.js';
import { idField, jsonObjectField, parseOptions, textField } from '../../wire/index.js';
import { agentIdField, humanOriginField, reasoningTraceField } from '../request-fields.js';

/** An action to record. */
export interface AuditRequest {
  /** The agent that acted. */
  readonly agentId: string;
  /** The action that was done. */
  readonly action: string;
  /** The result of the action. */
  readonly result: ActionResult;
  /** The resource that the action concerned. */
  readonly resource?: string;
  /** Details that are signed with the anchor. They must not hold the names in {@link GUARDED_FIELDS}. */
  readonly context?: object;
  /** The id of the anchor that this one belongs to. */
  readonly parentAnchorId?: string;
  /** The person on whose behalf it was done. */
  readonly humanOrigin?: HumanOrigin;
  /** Why it was done. */
  readonly reasoningTrace?: ReasoningTrace;
}

/**
 * The fields of an anchor's context that only the guard writes. With them, an anchor of `audit()` would look like the
 * record of a guarded invocation, or of another person's.
 */
export const GUARDED_FIELDS: readonly string[] = [
  'attempt',
  'authority_id',
  'delegation_id',
  'denial',
  'entries',
  'human_origin',
  'input_digest',
  'input_opaque',
  'invocation_id',
  'method',
  'nested_runs',
  'outcome',
  'outer_invocation',
  'outer_run',
  'output_digest',
  'output_opaque',
  'person',
  'started',
  'started_at',
  'subject_agent_id',
  'trail',
  'unenforced_constraints',
  'value_digest',
];

/** The schema of {@link AuditRequest}. */
export const auditRequest = z.strictObject({
  agentId: agentIdField,
  action: textField.refine((action) => action.length > 0, 'a string of at least 1 character'),
  result: z.enum(ACTION_RESULTS),
  resource: textField.optional(),
  context: jsonObjectField('context').optional(),
  parentAnchorId: idField.optional(),
  humanOrigin: humanOriginField.optional(),
  reasoningTrace: reasoningTraceField.optional(),
});

/** @throws InvalidArgumentError, also for a field of the context that belongs to the guard; UnsupportedValueError. */
export function parseAuditRequest(given: AuditRequest) {
  const request = parseOptions(auditRequest, given, 'audit()');
  const guarded = GUARDED_FIELDS.find((name) => Object.hasOwn(request.context ?? {}, name));
  if (guarded === undefined) return request;
  throw new InvalidArgumentError(`\`context.${guarded}\` of audit() is a field that only the guard writes`, {
    expected: `a context without ${GUARDED_FIELDS.join(', ')}`,
    received: `'${guarded}'`,
    remedy: 'Use another name for it. To record an invocation, let the agent run under the guard.',
    evidence: { field: guarded },
  });
}
