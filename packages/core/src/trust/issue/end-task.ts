import { z } from 'zod';
import { idField, parseOptions } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { agentIdField } from '../request-fields.js';

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
  await deployment.store.commit([{ op: 'close_delegations', taskId, delegatorId }]);
}
