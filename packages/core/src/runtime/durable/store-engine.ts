import { randomUUID } from 'node:crypto';
import type { DurableRunState, TrustStore } from '../../store/index.js';
import type { EngineWork, EngineWorker, RunEngine } from './run-engine.js';

/** How often the store is asked for runs, and for the right to execute them, in milliseconds. */
const LOOK = 100;

const wakes = new WeakMap<TrustStore, Set<() => void>>();

/**
 * Executes the runs of a store that one process at a time can hold, such as a SQLite file or a memory store. The process
 * that holds it takes up every unfinished run; when it dies, another one gets the right at once.
 */
export class StoreEngine implements RunEngine {
  readonly #store: TrustStore;
  /** The workers in this process that serve the store, whichever engine they belong to. */
  readonly #wake: Set<() => void>;

  constructor(store: TrustStore) {
    this.#store = store;
    this.#wake = wakes.get(store) ?? new Set();
    wakes.set(store, this.#wake);
  }

  async enqueue(): Promise<void> {
    for (const wake of this.#wake) wake();
  }

  async work(work: EngineWork): Promise<EngineWorker> {
    const worker = new StoreWorker(this.#store, work);
    const wake = (): void => worker.look();
    this.#wake.add(wake);
    try {
      await worker.start();
    } catch (error) {
      this.#wake.delete(wake);
      throw error;
    }
    return {
      stop: async () => {
        this.#wake.delete(wake);
        await worker.stop();
      },
    };
  }
}

class StoreWorker {
  readonly #executing = new Map<string, Promise<void>>();
  #release: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isAskedAgain = false;
  #isStopped = false;
  /** Whether there can be runs that are marked as running and that nobody executes: of the last holder, or after a failure. */
  #isToTakeOver = true;

  constructor(
    private readonly store: TrustStore,
    private readonly work: EngineWork,
  ) {}

  /** @throws StoreError if only an engine can execute the store's runs. */
  async start(): Promise<void> {
    this.#release = await this.store.holdRuns();
    this.#timer = setInterval(() => this.look(), LOOK);
    this.look();
  }

  /** Looks for runs now. */
  look(): void {
    if (this.#isStopped) return;
    if (this.#looking) {
      this.#isAskedAgain = true;
      return;
    }
    this.#looking = this.#look()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
        if (!this.#isAskedAgain) return;
        this.#isAskedAgain = false;
        this.look();
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#looking;
    await Promise.all(this.#executing.values());
    await this.#release?.();
  }

  async #look(): Promise<void> {
    this.#release ??= await this.store.holdRuns();
    if (!this.#release) return;
    const free = this.work.concurrency - this.#executing.size;
    if (free <= 0) return;
    const takesOver = this.#isToTakeOver;
    const states: DurableRunState[] = takesOver ? ['queued', 'running'] : ['queued'];
    const limit = free + this.#executing.size;
    // An execution that fails in the meantime sets it again.
    this.#isToTakeOver = false;
    const runs = await this.store.findRuns({ states, limit }).catch((error: unknown) => {
      this.#isToTakeOver = takesOver;
      throw error;
    });
    if (takesOver && runs.length === limit) this.#isToTakeOver = true;
    for (const { runId } of runs) {
      if (this.#isStopped || this.#executing.size >= this.work.concurrency) return;
      if (!this.#executing.has(runId)) this.#execute(runId);
    }
  }

  #execute(runId: string): void {
    const job = { runId, token: randomUUID(), signal: new AbortController().signal };
    const execution = this.work
      .execute(job)
      .then(
        () => undefined,
        async () => {
          await new Promise((resolve) => setTimeout(resolve, LOOK));
          // It is still marked as running, so it must be looked for once it is not executed here any more.
          this.#isToTakeOver = true;
        },
      )
      .finally(() => {
        this.#executing.delete(runId);
        this.look();
      });
    this.#executing.set(runId, execution);
  }
}
