import type { TrustOperations } from '@kaizen-eatp/core';
import type { OpenApproval } from '@kaizen-eatp/core/durable';
import { durableRun } from '../runs/durable-run.js';
import type { OpenStore } from '../session/open-store.js';

/** The most runs that are looked at for requests. */
const MOST = 10_000;

/** A request that waits for people, and the run that asks. */
export interface WaitingApproval {
  /** The id of the run. */
  readonly runId: string;
  /** The time of the last change of the run's state: since then it waits. */
  readonly waitingSince: string;
  /** The request. */
  readonly request: OpenApproval;
}

/**
 * Reads the requests that wait for answers: those of one run, or of all runs, the run that waits longest first.
 *
 * @throws DurableRunError `RUN_NOT_FOUND` for an unknown run; KeyError if the contents of the runs cannot be opened.
 */
export async function waitingApprovals(
  store: OpenStore,
  trust: TrustOperations,
  runId?: string,
): Promise<WaitingApproval[]> {
  if (runId !== undefined) {
    const run = durableRun(trust, runId);
    const { updatedAt } = await run.status();
    return (await run.approvals()).map((request) => ({ runId, waitingSince: updatedAt, request }));
  }
  // A run can have a request open while another of its branches still works.
  const runs = await store.findRuns({ states: ['running', 'waiting', 'queued'], limit: MOST });
  const found = await Promise.all(
    runs.map(async ({ runId: id, updatedAt }) =>
      (await durableRun(trust, id).approvals()).map((request) => ({
        runId: id,
        waitingSince: updatedAt,
        request,
      })),
    ),
  );
  return found.flat().sort((a, b) => (a.waitingSince < b.waitingSince ? -1 : 1));
}
