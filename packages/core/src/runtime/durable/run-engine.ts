/** One execution of a run that an engine gave to this process. */
export interface RunJob {
  /** The run. */
  readonly runId: string;
  /**
   * The engine's own token of this ownership, which the store checks in every commit. An engine whose queue is not in the
   * store's database makes it `ordered/<order>/<anything>`: of two such tokens the store takes that of the later ownership, which
   * must be the greater one byte by byte. Every ownership of a run needs a token of its own.
   */
  readonly token: string;
  /** Aborts when the ownership ends. */
  readonly signal: AbortSignal;
}

/** How an execution of a run ended in this process. */
export type RunJobEnd = 'ended' | 'suspended' | 'withheld';

/** The worker of an engine in this process. */
export interface EngineWorker {
  /** Takes no further run, and resolves when the executions in progress have returned. */
  stop(): Promise<void>;
}

/** The task of the worker of an engine. */
export interface EngineWork {
  /** How many runs are executed at a time. */
  readonly concurrency: number;
  /**
   * Executes a run until it ends or leaves the process. Rejects if the run must be executed again from what is stored.
   */
  execute(job: RunJob): Promise<RunJobEnd>;
}

/**
 * Decides who executes a durable run and when: a queue, one owner at a time, and take-over when a process or machine
 * dies. The trust store keeps the history of the run; an engine keeps none of it.
 */
export interface RunEngine {
  /** Puts a run into the queue, unless it is there already. */
  enqueue(runId: string): Promise<void>;
  /** Serves runs in this process. */
  work(work: EngineWork): Promise<EngineWorker>;
}
