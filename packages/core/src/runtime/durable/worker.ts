import * as z from 'zod';
import { DurableRunError } from '../../errors/index.js';
import type { Deployment } from '../../trust/deployment.js';
import { formatTimestamp, parseOptions } from '../../wire/index.js';
import type { RunJournal } from '../journal/run-journal.js';
import {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from '../trust-aware-orchestration-runtime.js';
import { executeRun, type RunHost, reasonOf } from './execute-run.js';
import type { EngineWorker, RunEngine } from './run-engine.js';

/** How often the store is asked for cancelled runs and for runs to be enqueued, in milliseconds. */
const LOOK = 500;

/** Options of {@link worker}. */
export interface WorkerOptions extends TrustAwareOrchestrationRuntimeOptions {
  /** How many runs are executed at a time. Default: 16. */
  readonly concurrency?: number;
  /** How long the content of a run is kept after its end, in milliseconds. Default: 7 days. */
  readonly retention?: number;
  /** How long steps in progress may take when the worker stops, in milliseconds. Default: 30,000. */
  readonly drainTimeout?: number;
}

/** A worker that serves durable runs in this process. */
export interface RunWorker {
  /** The runs that it executes now. */
  readonly runIds: readonly string[];
  /** Takes no further run, lets steps in progress end, and hands its runs over to other workers. */
  stop(): Promise<void>;
}

const own = z.object({
  concurrency: z.int().positive().optional(),
  retention: z.number().nonnegative().optional(),
  drainTimeout: z.number().nonnegative().optional(),
});

/**
 * Serves durable runs in this process: those that any process submits to the same store. On SIGTERM it stops as {@link
 * RunWorker.stop} does.
 *
 * @throws InvalidArgumentError, PluginError, AgentNotTrustedError; StoreError of the engine.
 */
export async function worker(options: WorkerOptions): Promise<RunWorker> {
  const { concurrency, retention, drainTimeout, ...rest } = options;
  const settings = parseOptions(own, { concurrency, retention, drainTimeout }, 'worker()');
  const runtime = new TrustAwareOrchestrationRuntime(rest);
  return DurableWorker.start(runtime, {
    concurrency: settings.concurrency ?? 16,
    retention: settings.retention ?? 7 * 86_400_000,
    drainTimeout: settings.drainTimeout ?? 30_000,
  });
}

interface WorkerSettings {
  readonly concurrency: number;
  readonly retention: number;
  readonly drainTimeout: number;
}

class DurableWorker implements RunWorker {
  readonly #executing = new Map<string, { journal: RunJournal; canceller: AbortController }>();
  /** When the runs that this worker enqueued were queued. */
  readonly #enqueued = new Map<string, string>();
  readonly #deployment: Deployment;
  readonly #engine: RunEngine;
  readonly #timer: NodeJS.Timeout;
  #worker: EngineWorker | undefined;
  #stopping: Promise<void> | undefined;
  #isLooking = false;

  static async start(
    runtime: TrustAwareOrchestrationRuntime,
    settings: WorkerSettings,
  ): Promise<DurableWorker> {
    const { deployment, engine, perform, limits } = runtime.durable();
    const self = new DurableWorker(deployment, engine, settings);
    const host: RunHost = {
      deployment,
      limits,
      perform,
      enter: (journal, canceller) => self.#enter(journal, canceller),
    };
    await self.#requeueWithheld();
    self.#worker = await self.#engine.work({
      concurrency: settings.concurrency,
      execute: (job) => executeRun(host, job),
    });
    return self;
  }

  private constructor(
    deployment: Deployment,
    engine: RunEngine,
    private readonly settings: WorkerSettings,
  ) {
    this.#deployment = deployment;
    this.#engine = engine;
    this.#timer = setInterval(() => void this.#look(), LOOK);
    process.once('SIGTERM', this.#onTerm);
  }

  get runIds(): readonly string[] {
    return [...this.#executing.keys()];
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  readonly #onTerm = (): void => void this.stop().catch(() => undefined);

  async #stop(): Promise<void> {
    process.off('SIGTERM', this.#onTerm);
    clearInterval(this.#timer);
    const stopped = this.#worker?.stop();
    const late = setTimeout(() => {
      for (const { journal } of this.#executing.values())
        journal.stop(DurableRunError.suspended(journal.runId, 'the worker stopped'));
    }, this.settings.drainTimeout);
    await Promise.all(Array.from(this.#executing.values(), ({ journal }) => journal.drain()));
    await stopped;
    clearTimeout(late);
  }

  #enter(journal: RunJournal, canceller: AbortController): () => void {
    this.#executing.set(journal.runId, { journal, canceller });
    if (this.#stopping) void journal.drain();
    return () => {
      this.#executing.delete(journal.runId);
    };
  }

  /** Another version of a pattern may be able to continue what was withheld from the last one. */
  async #requeueWithheld(): Promise<void> {
    const { store } = this.#deployment;
    const at = this.#deployment.timestamp();
    const withheld = await store.findRuns({ states: ['withheld'], limit: 10_000 });
    const writes = withheld.map(({ runId }) => ({ op: 'wake_run', runId, at }) as const);
    if (writes.length > 0) await store.commit(writes);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#cancelRequested();
      await this.#wakeDue();
      await this.#enqueueQueued();
      await this.#dropOld();
    } catch {
      // The store does not answer now; the next look asks again.
    } finally {
      this.#isLooking = false;
    }
  }

  async #cancelRequested(): Promise<void> {
    if (this.#executing.size === 0) return;
    const runIds = this.runIds;
    const cancelled = await this.#deployment.store.findRuns({
      runIds,
      cancelRequested: true,
      limit: runIds.length,
    });
    for (const { runId, cancel } of cancelled)
      if (cancel !== null) this.#executing.get(runId)?.canceller.abort(reasonOf(cancel));
  }

  async #wakeDue(): Promise<void> {
    const at = this.#deployment.timestamp();
    const due = await this.#deployment.store.findRuns({ states: ['waiting'], wakesBy: at });
    const writes = due.map(({ runId }) => ({ op: 'wake_run', runId, at }) as const);
    if (writes.length > 0) await this.#deployment.store.commit(writes);
  }

  /** A run whose submitter died before it told the engine, or that was woken, is enqueued by any worker. */
  async #enqueueQueued(): Promise<void> {
    const queued = await this.#deployment.store.findRuns({ states: ['queued'] });
    const known = new Map(this.#enqueued);
    this.#enqueued.clear();
    for (const { runId, updatedAt } of queued) {
      // A run is queued until its first commit.
      if (this.#executing.has(runId)) continue;
      this.#enqueued.set(runId, updatedAt);
      if (known.get(runId) !== updatedAt) await this.#engine.enqueue(runId);
    }
  }

  async #dropOld(): Promise<void> {
    const endedBy = formatTimestamp(new Date(this.#deployment.now() - this.settings.retention));
    const old = await this.#deployment.store.findRuns({ endedBy });
    const writes = old.map(({ runId }) => ({ op: 'drop_run_content', runId }) as const);
    if (writes.length > 0) await this.#deployment.store.commit(writes);
  }
}
