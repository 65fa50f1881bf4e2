import { DurableRunError, EatpError, isEatpError } from '../../errors/index.js';
import {
  type ClaimRun,
  ENDED_STATES,
  ORDERED_OWNER,
  type RunJournalRecords,
  type StoreWrite,
} from '../../store/index.js';
import type { Deployment } from '../../trust/deployment.js';
import type { CapturedValue, ValueLimits } from '../../values/index.js';
import type { RunRequest } from '../execute-options.js';
import { RunJournal } from '../journal/run-journal.js';
import { sealOf } from '../journal/seal.js';
import type { RunJob, RunJobEnd } from './run-engine.js';
import { tellOfRun } from './run-news.js';
import { decodeRequest } from './run-request.js';

/** Where runs are executed. */
export interface RunHost {
  /** The deployment. */
  readonly deployment: Deployment;
  /** The bounds of inputs. */
  readonly limits: ValueLimits | undefined;
  /** Executes the pattern of a run. */
  perform(input: CapturedValue, request: RunRequest): Promise<unknown>;
  /** Notes that a run is executed here. @returns the function that ends this. */
  enter(journal: RunJournal, canceller: AbortController): () => void;
}

/**
 * Executes a run that this process owns, from what is stored, until it ends or leaves the process.
 *
 * @throws the error of the store or of the ownership, after which the run continues from what is stored.
 */
export async function executeRun(host: RunHost, job: RunJob): Promise<RunJobEnd> {
  const { deployment } = host;
  const { runId, token } = job;
  const fence: StoreWrite = { op: 'fence', runId, owner: token };
  const [stored] = await deployment.store.findRuns({ runIds: [runId], limit: 1 });
  // It has ended already if its last owner died after it had stored the end.
  if (!stored || ENDED_STATES.includes(stored.state)) return 'ended';
  const claim = { op: 'claim_run', runId, owner: token, at: deployment.timestamp() } as const;
  // The claim goes with the first records, unless the store alone knows the owner: the last one can then still write before it.
  const isFresh = stored.owner === null && !token.startsWith(ORDERED_OWNER);
  const claimed = isFresh ? { run: stored, steps: [], delivered: [] } : await takeOver(deployment, claim);
  if (!claimed) return 'ended';
  const { run } = claimed;
  const withhold = async (note: string): Promise<RunJobEnd> => {
    const at = deployment.timestamp();
    await deployment.store.commit([
      claim,
      fence,
      { op: 'set_run_state', runId, state: 'withheld', outcome: null, note, wakeAt: null, at },
    ]);
    return 'withheld';
  };
  if (run.request === null)
    return withhold('Its content was deleted, for instance because its person was erased.');
  const seal = await sealOf(deployment, runId);
  const now = (): number => deployment.now();
  const { input, request } = decodeRequest(seal.open(run.request, 'request'), host.limits, now());
  const { timeout } = request;
  const journal = new RunJournal({
    ...{ store: deployment.store, owner: { runId, token }, seal, records: claimed, now, canSuspend: true },
    ...(isFresh && { opening: [claim] }),
    deadline: timeout === undefined ? undefined : now() + timeout,
  });
  const lose = (): void => journal.stop(DurableRunError.suspended(runId, 'another process owns it'));
  const canceller = new AbortController();
  if (run.cancel !== null) canceller.abort(reasonOf(run.cancel));
  job.signal.addEventListener('abort', lose, { once: true });
  const leave = host.enter(journal, canceller);
  try {
    await host.perform(input, { ...request, signal: canceller.signal, journal });
    return 'ended';
  } catch (error) {
    const { stopped } = journal;
    if (isEatpError(stopped, 'RUN_SUSPENDED')) return 'suspended';
    // Another worker may have the code or the key.
    if (isEatpError(stopped, 'RUN_DIVERGED', 'KEY_NOT_FOUND')) return withhold(stopped.message);
    if (stopped !== undefined) throw stopped;
    // An error that carries the records of the run was recorded as its end.
    if (error instanceof EatpError && error.run) return 'ended';
    return withhold(error instanceof Error ? error.message : String(error));
  } finally {
    leave();
    tellOfRun(deployment.store, runId);
    job.signal.removeEventListener('abort', lose);
    journal.close();
  }
}

/** Why a run is cancelled, for its trail. */
export function reasonOf(cancel: string): string {
  const { by, reason } = JSON.parse(cancel) as { by: string; reason?: string };
  return reason === undefined ? `requested by ${by}` : `requested by ${by}: ${reason}`;
}

async function takeOver(deployment: Deployment, claim: ClaimRun): Promise<RunJournalRecords | undefined> {
  const { runId, owner } = claim;
  await deployment.store.commit([claim, { op: 'fence', runId, owner }]);
  // Read after the claim: from here on no other process writes to the run.
  return deployment.store.readRun(runId);
}
