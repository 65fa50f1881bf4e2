import { isEatpError, type TrustOperations } from '@kaizen-eatp/core';
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

/** A run whose requests cannot be read. */
export interface UnreadableRun {
  /** The id of the run. */
  readonly runId: string;
  /** The code of the error. */
  readonly code: string;
  /** What is wrong. */
  readonly reason: string;
}

/** The requests that wait for people. */
export interface Waits {
  /** The requests, the run that waits longest first. */
  readonly approvals: readonly WaitingApproval[];
  /** The runs whose requests cannot be read, for instance since the store was changed. They hide no other run's. */
  readonly unreadable: readonly UnreadableRun[];
}

/**
 * Reads the requests that wait for answers: those of one run, or of all runs.
 *
 * @throws DurableRunError `RUN_NOT_FOUND` for an unknown run; KeyError if the contents of the runs cannot be opened. For one
 * run, whatever makes its requests unreadable.
 */
export async function waitingApprovals(
  store: OpenStore,
  trust: TrustOperations,
  runId?: string,
): Promise<Waits> {
  if (runId !== undefined) {
    const run = durableRun(trust, runId);
    const { updatedAt } = await run.status();
    const approvals = await run.approvals();
    return {
      approvals: approvals.map((request) => ({ runId, waitingSince: updatedAt, request })),
      unreadable: [],
    };
  }
  // A run can have a request open while another of its branches still works.
  const runs = await store.findRuns({ states: ['running', 'waiting', 'queued'], limit: MOST });
  const unreadable: UnreadableRun[] = [];
  const found = await Promise.all(
    runs.map(async ({ runId: id, updatedAt }) => {
      const open = await durableRun(trust, id)
        .approvals()
        .catch((error: unknown) => {
          unreadable.push(unreadableRun(id, error));
          return [];
        });
      return open.map((request) => ({ runId: id, waitingSince: updatedAt, request }));
    }),
  );
  return {
    approvals: found.flat().sort((a, b) => (a.waitingSince < b.waitingSince ? -1 : 1)),
    unreadable,
  };
}

/** A wrong passphrase or a store that fails concerns every run. */
function unreadableRun(runId: string, error: unknown): UnreadableRun {
  if (!isEatpError(error) || /^(KEY|STORE)_/.test(error.code)) throw error;
  return { runId, code: error.code, reason: error.summary };
}
