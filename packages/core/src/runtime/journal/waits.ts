import { DurableRunError } from '../../errors/index.js';
import type { DurableRunState, StepRecord } from '../../store/index.js';
import { formatTimestamp } from '../../wire/index.js';
import type { JournalCommitter } from './journal-committer.js';
import { nextTurn } from './replay.js';
import type { RunHistory } from './run-history.js';

/** A wait that ends sooner does not make the run leave the process, in milliseconds. */
const WORTH_SUSPENDING = 1_000;
/** How often something that is waited for is looked at while the run is busy with other steps, in milliseconds. */
const LOOK = 500;

/** The run whose pattern waits. */
export interface WaitingRun {
  /** The run. */
  readonly runId: string;
  /** Commits what the run writes. */
  readonly committer: JournalCommitter;
  /** The recorded history of the run. */
  readonly history: RunHistory;
  /** The clock of the run, when it times out, and whether it may leave the process. */
  readonly options: {
    now(): number;
    readonly deadline?: number | undefined;
    readonly canSuspend: boolean;
  };
  /** The steps that are being performed. */
  readonly live: { readonly canBeLeft: boolean };
  /** Whether recorded outcomes are still being given. */
  readonly isReplaying: boolean;
  /** Why this process no longer executes the run. */
  readonly stopped: unknown;
  /** Settles once every recorded outcome was given. */
  readonly replayed: Promise<void>;
  /** Takes the next number. */
  number(): string;
  /** Returns what is recorded of a step. */
  recorded(key: string, print: string): StepRecord | undefined;
  /** Whether the pattern has received the outcome of a step. */
  isDelivered(key: string): boolean;
  /** Waits for the place of a recorded outcome. */
  turnOf(key: string): Promise<void>;
  /** Gives an outcome its place. */
  deliver(key: string): Promise<void>;
  /** Waits for something, but not once this process no longer executes the run. */
  orStopped<T>(waited: Promise<T>): Promise<T>;
  /** @throws the reason why this process no longer executes the run. */
  expectNotStopped(): void;
  /** Ends the execution in this process. */
  stop(reason: unknown): void;
}

/** Something that the pattern waits for. */
interface Wait {
  /** When it ends by itself, in milliseconds since the epoch. */
  readonly dueAt: number | undefined;
  /** Ends the wait if what is waited for has come. */
  readonly look: () => void;
  /** Returns what is waited for; undefined until it has come. */
  readonly find: () => Promise<unknown>;
}

/**
 * The waits of a pattern. When nothing else is in progress, the run leaves the process: it holds no memory and no place in
 * a queue until it is woken, and then continues from its journal.
 */
export class Waits {
  readonly #waits = new Map<string, Wait>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isChecking = false;

  constructor(private readonly journal: WaitingRun) {}

  /** Waits for a time. */
  async sleep(milliseconds: number): Promise<void> {
    const { journal } = this;
    const key = journal.number();
    const print = `wait ${milliseconds} ms`;
    const record = journal.recorded(key, print);
    if (record && journal.isDelivered(key)) {
      await journal.turnOf(key);
      return journal.expectNotStopped();
    }
    await journal.replayed;
    journal.expectNotStopped();
    const until = record ? Number(journal.history.textOf(record)) : journal.options.now() + milliseconds;
    if (!record) journal.committer.record(journal.history.record(key, print, String(until)));
    await this.until(key, until, async () => (journal.options.now() >= until ? true : undefined));
    await journal.deliver(key);
    this.check();
  }

  /**
   * Waits until something has come.
   *
   * @param dueAt - when it comes by itself, in milliseconds since the epoch.
   * @param find - returns what is waited for; undefined until it has come.
   */
  async until<T>(key: string, dueAt: number | undefined, find: () => Promise<T | undefined>): Promise<T> {
    const found = await find();
    if (found !== undefined) return found;
    // While other steps are in progress, the run stays; what it waits for must be stored all the same.
    this.journal.committer.commitSoon();
    const come = new Promise<T>((resolve, reject) => {
      const look = (): void => {
        find().then(
          (value) => {
            if (value === undefined || !this.#waits.delete(key)) return;
            resolve(value);
          },
          (error) => {
            if (this.#waits.delete(key)) reject(error);
          },
        );
      };
      this.#waits.set(key, { dueAt, look, find });
      this.#lookAgain(look, key, dueAt);
      this.check();
    });
    return this.journal.orStopped(come);
  }

  /** Lets the run leave the process if the pattern does nothing but wait. */
  check(): void {
    if (this.#isChecking || this.#waits.size === 0 || !this.journal.options.canSuspend) return;
    this.#isChecking = true;
    void nextTurn()
      .then(nextTurn)
      .then(() => {
        this.#isChecking = false;
        const { live, isReplaying, stopped } = this.journal;
        if (!live.canBeLeft || isReplaying || stopped !== undefined || this.#waits.size === 0) return;
        const dueAt = this.#nextDue();
        if (dueAt !== undefined && dueAt - this.journal.options.now() < WORTH_SUSPENDING) return;
        return this.suspend('it waits', 'waiting');
      })
      .catch(() => undefined);
  }

  /** Stores that the run waits or is queued, and ends its execution here. */
  async suspend(reason: string, state: DurableRunState, note: string | null = null): Promise<void> {
    const { journal } = this;
    const { runId } = journal;
    const { deadline = Number.POSITIVE_INFINITY } = journal.options;
    const due = Math.min(this.#nextDue() ?? Number.POSITIVE_INFINITY, deadline);
    const dueAt = state === 'waiting' && Number.isFinite(due) ? due : undefined;
    const wakeAt = dueAt === undefined ? null : formatTimestamp(new Date(dueAt));
    const at = formatTimestamp(new Date(journal.options.now()));
    await journal.committer.commit([{ op: 'set_run_state', runId, state, outcome: null, note, wakeAt, at }]);
    // An answer that came while the run was still marked as running did not wake the run.
    if (state === 'waiting' && (await this.#hasCome()))
      await journal.committer.commit([{ op: 'wake_run', runId, at }]);
    journal.stop(DurableRunError.suspended(runId, reason));
  }

  /** Releases the timers. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #hasCome(): Promise<boolean> {
    for (const { find } of this.#waits.values()) if ((await find()) !== undefined) return true;
    return false;
  }

  #nextDue(): number | undefined {
    const due = Array.from(this.#waits.values(), ({ dueAt }) => dueAt).filter((at) => at !== undefined);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  #lookAgain(look: () => void, key: string, dueAt: number | undefined): void {
    const left = dueAt === undefined ? LOOK : Math.max(1, dueAt - this.journal.options.now());
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (!this.#waits.has(key)) return;
        look();
        this.#lookAgain(look, key, dueAt);
      },
      Math.min(left, LOOK),
    );
    this.#timers.add(timer);
  }
}
