import { DurableRunError } from '../../errors/index.js';
import type { ApprovalTerms } from '../../invocation/approval-request.js';
import type { CallStep } from '../../invocation/call-step.js';
import type { Call } from '../../invocation/lifecycle.js';
import type { Work } from '../../invocation/session-options.js';
import type { Approvals } from './approvals.js';

/** The calls inside which an act waits for people, at any depth. */
const waitingInside = new WeakMap<Call, number>();

/**
 * Asks for the approvals of one act, one after the other. The run can leave the process meanwhile if nothing else is in
 * progress, and if every agent around the act can be called again and then asks for the same.
 *
 * @param calls - the calls of the run in progress.
 * @returns the ids of the people who approved.
 * @throws DurableRunError `APPROVAL_NOT_GIVEN`.
 */
export async function askForAct(
  approvals: Approvals,
  calls: ReadonlySet<Call>,
  required: readonly ApprovalTerms[],
  { actor, basis, action, input, by, details, within }: Work,
  { invocationId }: CallStep,
): Promise<readonly string[]> {
  const asker = { agentId: actor.id, delegationId: basis?.record.id ?? null };
  // An approver sees the arguments of a tool as the records show them, without secrets.
  const shown = 'tool' in by ? details?.arguments : input.value;
  // A delegation that an agent made in its invocation is another one when the agent is called again, and so is the request.
  const isSameAgain = !basis || basis.binding.invocationId === null;
  const isRepeatable = (): boolean =>
    isSameAgain && [...calls].every((call) => waitingInside.has(call) && call.interrupted === 'retry');
  const approvedBy = new Set<string>();
  const count = (by: number): void => {
    for (let call = within; call; call = call.within) {
      const left = (waitingInside.get(call) ?? 0) + by;
      if (left > 0) waitingInside.set(call, left);
      else waitingInside.delete(call);
    }
  };
  count(1);
  try {
    for (const terms of required) {
      const step = invocationId.slice(invocationId.lastIndexOf('/') + 1);
      const request = { ...terms, action, input: shown };
      const { granted, outcome, requestId, answers } = await approvals.askFor(
        step,
        request,
        asker,
        isRepeatable,
      );
      if (!granted) throw DurableRunError.notApproved(actor.id, action, outcome, requestId);
      for (const { approverId, decision } of answers) if (decision === 'approve') approvedBy.add(approverId);
    }
  } finally {
    count(-1);
  }
  return [...approvedBy];
}
