import { EatpError } from '../errors/index.js';
import { redactText } from '../secrets/redaction.js';
import type { AnchorDraft } from '../trust/audit/anchor.js';
import type { JsonObject } from '../wire/index.js';
import type { Scope } from './make-context.js';

/** The action of the anchor of a refused delegation. */
export const DELEGATION = 'delegate';

/** The codes of the errors by which a delegation is refused. After any other error, it is not known that it was. */
const REFUSALS: ReadonlySet<string> = new Set([
  'CAPABILITY_NOT_HELD',
  'CHAIN_INVALID',
  'CHAIN_NOT_FOUND',
  'DELEGATION_CYCLE',
  'DELEGATION_DEPTH_EXCEEDED',
  'DELEGATION_REFUSED',
  'REVOKED',
]);

/** A delegation that an agent, or a pattern in its name, asked for. */
export interface AskedDelegation {
  /** The agent that was to receive the delegation. */
  readonly delegateeId: string;
  /** The capabilities that were named, if any were. */
  readonly capabilities: readonly string[] | undefined;
}

/** The agent that was to delegate, and where it did. */
export interface Delegator {
  /** The agent. */
  readonly id: string;
  /** The delegation under which it acts. */
  readonly delegationId: string | null;
  /** The fields of the anchor that name the run, the task and the invocation. */
  readonly place: JsonObject;
}

/**
 * Returns the anchor of a delegation that was refused: an agent that was denied something appears in the trail, even if
 * the code that asked handles the error. Undefined for errors that are no refusal.
 */
export function refusedDelegation(
  { id, delegationId, place }: Delegator,
  { delegateeId, capabilities }: AskedDelegation,
  error: unknown,
): AnchorDraft | undefined {
  if (!(error instanceof EatpError) || !REFUSALS.has(error.code)) return undefined;
  const context: JsonObject = {
    ...place,
    delegation_id: delegationId,
    outcome: 'denied',
    denial: { code: error.code, reason: redactText(error.message) },
    delegatee_id: delegateeId,
    ...(capabilities && { capabilities }),
  };
  return { agentId: id, action: DELEGATION, result: 'denied', context };
}

/** The agent that delegates in its invocation. */
export const delegatorOf = ({ actor, basis, call, host }: Scope): Delegator => ({
  id: actor.id,
  delegationId: basis?.record.id ?? null,
  place: { task_id: host.taskId, within_invocation: call.id },
});
