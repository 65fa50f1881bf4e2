import { isEatpError } from '@kaizen-eatp/core';
import type { EngineWork, RunJobEnd } from '@kaizen-eatp/core/durable';
import { notify } from '@kaizen-eatp/core/plugin';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Settings } from './options.js';
import { type FailedTurn, REPEAT, type Turn } from './ticket.js';

/** How often a worker says that it lives, in milliseconds. */
export const BEAT = 500;

/** The executions that are in progress in this process. */
export interface Executions {
  /** Executes a run, as the activity of its workflow. */
  executeRun(turn: Turn): Promise<RunJobEnd>;
}

/** Makes the activity of a worker: it executes a run, and says twice a second that the worker lives. */
export const activitiesOf = ({ execute }: EngineWork, { onError }: Settings): Executions => ({
  async executeRun(turn) {
    const context = Context.current();
    const { attempt, workflowExecution } = context.info;
    const token = tokenOf(turn, attempt, workflowExecution?.runId ?? '');
    context.heartbeat();
    const beat = setInterval(() => context.heartbeat(), BEAT);
    try {
      return await execute({ runId: turn.runId, token, signal: context.cancellationSignal });
    } catch (error) {
      void notify(onError, error instanceof Error ? error : new Error(String(error)));
      throw repeated(error, attempt);
    } finally {
      clearInterval(beat);
    }
  },
});

/**
 * Each execution has a token of its own, and a later one has a greater token: the numbers in it have a fixed width.
 */
function tokenOf({ generation, turn }: Turn, attempt: number, workflow: string): string {
  const order = [generation, turn, attempt].map((number) => String(number).padStart(15, '0'));
  return `ordered/${order.join('.')}/temporal/${workflow}`;
}

/** Tells Temporal nothing of the error but its code: the message can hold data of the run. */
function repeated(error: unknown, attempts: number): ApplicationFailure {
  const code = isEatpError(error) ? error.code : 'an error of another kind';
  // A store that does not answer says nothing about the run.
  const failed: FailedTurn = { attempts, counts: !isEatpError(error, 'STORE_FAILED') };
  return ApplicationFailure.create({
    message: `The execution failed with ${code}`,
    type: REPEAT,
    nonRetryable: true,
    details: [failed],
  });
}
