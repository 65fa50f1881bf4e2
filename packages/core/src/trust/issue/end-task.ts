import * as z from 'zod';
import { KeyError } from '../../errors/index.js';
import type { StoreWrite } from '../../store/index.js';
import { idField, parseOptions } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { agentIdField } from '../request-fields.js';
import { ended, stateEnds } from './state-revocations.js';

/** The delegations to end. */
export interface EndTaskRequest {
  /** The task that they were made for. */
  readonly taskId: string;
  /** The agent that made them. Delegations of other agents for the same task stay in force. */
  readonly delegatorId: string;
}

/** The schema of {@link EndTaskRequest}. */
export const endTaskRequest = z.strictObject({ taskId: idField, delegatorId: agentIdField });

/** Ends the delegations that an agent made for a task outside runs. Delegations of a run end with the run. */
export async function endTask(deployment: Deployment, given: EndTaskRequest): Promise<void> {
  const { taskId, delegatorId } = parseOptions(endTaskRequest, given, 'endTask()');
  const open = await deployment.store.findDelegations({ taskId, delegatorId, status: 'in_force' });
  const drafts = open.flatMap(({ runId, delegationId }) =>
    runId === null ? [ended(delegationId, `task ${taskId} has ended`)] : [],
  );
  const close: StoreWrite = { op: 'close_delegations', taskId, delegatorId };
  try {
    // Stated too, so that a delegation does not come back with a changed row.
    await stateEnds(deployment, drafts, close);
  } catch (error) {
    if (!(error instanceof KeyError && error.code === 'KEY_NOT_FOUND')) throw error;
    await deployment.store.commit([close]);
  }
}
