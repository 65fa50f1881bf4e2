// Runs in Temporal's sandbox of workflows, from the bundle that the build makes of it.
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { type Carried, type FailedTurn, REPEAT, type RunTicket, type Turn, WAKE } from './ticket.js';

/** The activity, as the workflow sees it. */
interface Activities {
  executeRun(turn: Turn): Promise<'ended' | 'suspended' | 'withheld'>;
}

/** How long a run that waits keeps its workflow. A later signal starts another one. */
const KEPT = '1 day';
/** The first and the longest pause before an execution that failed is repeated, in milliseconds. */
const PAUSE = 100;
const LONGEST_PAUSE = 10_000;

/**
 * The workflow of one durable run. Every time that the run is woken, it is executed by one activity, which lasts until the
 * run ends or waits. Between the activities the run occupies no worker.
 */
export async function kaizenDurableRun(ticket: RunTicket): Promise<string> {
  const { carried } = ticket;
  let isWoken = carried?.isWoken ?? false;
  setHandler(defineSignal(WAKE), () => {
    isWoken = true;
  });
  const generation = carried?.generation ?? workflowInfo().startTime.getTime();
  let { turn, failures } = carried ?? { turn: 0, failures: 0 };
  let streak = 0;
  // A run is cancelled in the trust store, where its trail says by whom; not by a cancellation of the workflow.
  return CancellationScope.nonCancellable(async () => {
    while (await condition(() => isWoken, KEPT)) {
      isWoken = false;
      turn += 1;
      const result = await execute(ticket, { runId: ticket.runId, generation, turn }, failures);
      if (result === 'ended') return result;
      if (typeof result === 'string') {
        failures = streak = 0;
      } else {
        if (result.counts) failures += result.attempts;
        await sleep(Math.min(PAUSE * 2 ** streak++, LONGEST_PAUSE));
        isWoken = true;
      }
      if (workflowInfo().continueAsNewSuggested)
        await passOn(ticket, { generation, turn, failures, isWoken });
    }
    return 'waits';
  });
}

/** Executes the run once; after the death of its worker Temporal tries it again elsewhere. */
async function execute(ticket: RunTicket, turn: Turn, failures: number): Promise<string | FailedTurn> {
  const left = ticket.retryLimit + 1 - failures;
  if (left <= 0)
    throw ApplicationFailure.nonRetryable(`The run failed ${failures} times and is not executed again`);
  const { executeRun } = proxyActivities<Activities>({
    heartbeatTimeout: ticket.heartbeatSeconds * 1_000,
    startToCloseTimeout: '3650 days',
    retry: { initialInterval: PAUSE, backoffCoefficient: 1, maximumAttempts: left },
  });
  try {
    return await executeRun(turn);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === REPEAT) return cause.details?.[0] as FailedTurn;
    throw error;
  }
}

const passOn = (ticket: RunTicket, carried: Carried): Promise<never> =>
  continueAsNew<typeof kaizenDurableRun>({ ...ticket, carried });
