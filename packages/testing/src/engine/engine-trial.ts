import type { EngineWorker, RunJob, RunJobEnd } from '@kaizen-eatp/core/durable';
import type { StoredRun, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import type { Thoroughness } from '../conformance/thoroughness.js';
import { becomes, within } from '../conformance/within.js';
import type {
  EnginePlace,
  EnginePlaceFactory,
  OpenEngine,
  RunEngineConformanceSetup,
} from './engine-place.js';

const AT = '2026-06-01T12:00:00.000+00:00';

/** One execution that an engine requested. */
export interface Execution extends RunJob {
  /** The worker that it was requested of: the first one is 0. */
  readonly worker: number;
  /** Whether its signal was not aborted when it began; the signal may be aborted once it has ended. */
  readonly beganOwned: boolean;
  /** Whether it is still in progress. */
  isRunning: boolean;
}

/** The work of a worker of the suite on an execution, after it has claimed the run. */
export type Work = (execution: Execution, store: TrustStore) => Promise<RunJobEnd>;

/** Gives every check an empty place, and cleans up after it. */
export class EngineTrial {
  readonly setup: Required<Omit<RunEngineConformanceSetup, 'module' | 'name'>>;
  readonly thoroughness: Thoroughness;
  /** The URL of the module that opens the engine in another process; undefined: there is none. */
  readonly module: string | undefined;

  constructor(
    private readonly factory: EnginePlaceFactory,
    setup: RunEngineConformanceSetup,
  ) {
    const { distributed = false, within = 5_000, takeOverWithin = 15_000, thoroughness = 'quick' } = setup;
    this.setup = { distributed, within, takeOverWithin, thoroughness };
    this.thoroughness = thoroughness;
    this.module = setup.module === undefined ? undefined : String(setup.module);
  }

  /** Calls a check with a new place. @returns what the check returns. */
  async inPlace(check: (site: EngineSite) => Promise<string | undefined>): Promise<string | undefined> {
    const place = await this.factory();
    const site = new EngineSite(place, this.setup.within);
    try {
      return await check(site);
    } finally {
      await site.leave();
      await place.dispose?.();
    }
  }
}

/** A place in which workers execute runs, with everything that was requested of them. */
export class EngineSite {
  /** All executions so far, in order. */
  readonly executions: Execution[] = [];
  readonly #opened: OpenEngine[] = [];
  readonly #workers: EngineWorker[] = [];
  #isLeft = false;

  constructor(
    readonly place: EnginePlace,
    private readonly patience: number,
  ) {}

  /** Opens store and engine, as one more process. */
  async open(): Promise<OpenEngine> {
    const opened = await this.place.open();
    this.#opened.push(opened);
    return opened;
  }

  /** Adds a run to the store, and enqueues it. */
  async submit({ store, engine }: OpenEngine, runId: string): Promise<void> {
    await store.commit([{ op: 'add_run', run: runOf(runId) }]);
    await engine.enqueue(runId);
  }

  /** Makes a queued run of one that waits, and enqueues it. */
  async wake({ store, engine }: OpenEngine, runId: string): Promise<void> {
    await store.commit([{ op: 'wake_run', runId, at: AT }]);
    await engine.enqueue(runId);
  }

  /** Starts a worker. @param work - default: executes the run to its end. */
  async serve(
    { store, engine }: OpenEngine,
    concurrency: number,
    work: Work = endsRun,
  ): Promise<EngineWorker> {
    const worker = this.#workers.length;
    const execute = async (job: RunJob): Promise<RunJobEnd> => {
      const execution: Execution = {
        ...job,
        worker,
        beganOwned: job.signal?.aborted === false,
        isRunning: true,
      };
      this.executions.push(execution);
      try {
        if (this.#isLeft) throw new Error('the check is over');
        if (!(await claims(store, job))) return 'ended';
        return await work(execution, store);
      } finally {
        execution.isRunning = false;
      }
    };
    const started = await engine.work({ concurrency, execute });
    let stopped: Promise<void> | undefined;
    const once = {
      stop: (): Promise<void> => {
        stopped ??= started.stop();
        return stopped;
      },
    };
    this.#workers.push(once);
    return once;
  }

  /** The executions of a run. */
  of(runId: string): readonly Execution[] {
    return this.executions.filter((execution) => execution.runId === runId);
  }

  /** How many executions are in progress. */
  get running(): number {
    return this.executions.filter(({ isRunning }) => isRunning).length;
  }

  /** Waits for something, as long as an engine may take. */
  until(isTheCase: () => boolean, patience = this.patience): Promise<boolean> {
    return becomes(isTheCase, patience);
  }

  /** Stops everything. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    await within(Promise.allSettled(this.#workers.map((worker) => worker.stop())), 10_000);
    for (const opened of this.#opened) await (opened.close?.() ?? opened.store.close());
  }
}

const runOf = (runId: string): StoredRun => ({
  ...{ runId, parentRunId: null, pattern: 'relay', person: null, state: 'queued', request: 'sealed request' },
  ...{ outcome: null, note: null, owner: null, wakeAt: null, cancel: null, submittedAt: AT, updatedAt: AT },
});

/** The writes by which a process takes a run that an engine gave to it. */
export const claim = ({ runId, token }: Pick<RunJob, 'runId' | 'token'>): StoreWrite[] => [
  { op: 'claim_run', runId, owner: token, at: AT },
  fence({ runId, token }),
];

/** Refuses a batch unless its process owns the run. */
export const fence = ({ runId, token }: Pick<RunJob, 'runId' | 'token'>): StoreWrite => ({
  op: 'fence',
  runId,
  owner: token,
});

/** Puts a run that is owned into another state. */
export const setState = (
  job: Pick<RunJob, 'runId' | 'token'>,
  state: 'succeeded' | 'waiting',
): StoreWrite[] => [
  fence(job),
  { op: 'set_run_state', runId: job.runId, state, outcome: null, note: null, wakeAt: null, at: AT },
];

/** As core does: a run whose last owner died after it had stored the end is not executed again. */
async function claims(store: TrustStore, job: RunJob): Promise<boolean> {
  const [run] = await store.findRuns({ runIds: [job.runId], limit: 1 });
  if (!run || run.state === 'succeeded') return false;
  await store.commit(claim(job));
  return true;
}

/** Executes a run to its end. */
export const endsRun: Work = async (execution, store) => {
  await store.commit(setState(execution, 'succeeded'));
  return 'ended';
};
