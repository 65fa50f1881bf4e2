import { AgentDisconnectedError, DurableRunError } from '../../errors/index.js';
import type { Actor } from '../../invocation/actor.js';
import type { RunJournalRecords, StepRecord, TrustStore } from '../../store/index.js';
import { type CapturedValue, captureValue } from '../../values/index.js';
import { isAboutStore, JournalCommitter, type RunOwner } from './journal-committer.js';
import { type Interruption, JournalStep, type StepHistory, withoutAttempts } from './journal-step.js';
import { nextTurn, Replay } from './replay.js';
import type { Seal } from './seal.js';
import { encodeOutcome, settleOutcome } from './step-outcome.js';
import { Waits } from './waits.js';

/** What a journal is made from. */
export interface JournalOptions {
  /** The store that keeps the run. */
  readonly store: TrustStore;
  /** The process that owns the run. */
  readonly owner: RunOwner;
  /** The seal of the run. */
  readonly seal: Seal;
  /** The run and its steps, as they are stored. */
  readonly records: RunJournalRecords;
  /** The time, in milliseconds since the epoch. */
  now(): number;
  /** When the run times out, in milliseconds since the epoch; undefined without a time limit. */
  readonly deadline?: number | undefined;
  /** Whether the run may leave the process while it waits. A run inside another one cannot. */
  readonly canSuspend: boolean;
}

/** How a step of a pattern is performed. */
export interface StepWork {
  /** The agent that acts, if one does. */
  readonly actor?: Actor;
  /** Performs the step. @returns the value of a step that does not settle itself. */
  live(step: JournalStep): Promise<unknown>;
  /** Called for a recorded value, in the place of the step, before the pattern receives it. */
  restore?(value: unknown): void;
}

/**
 * The journal of one durable run, at the door of the pattern's execution. Numbers each request of the pattern before any
 * I/O, stores outcomes and the order in which the pattern received them, and gives both again when the run is resumed.
 */
export class RunJournal implements StepHistory {
  /** The run. */
  readonly runId: string;
  /** Commits everything that the run writes. */
  readonly committer: JournalCommitter;
  /** The seal of the run's content. */
  readonly seal: Seal;
  /** The sleeps and approvals that the pattern waits for. */
  readonly waits: Waits;
  readonly #recorded = new Map<string, StepRecord>();
  readonly #nested = new Map<string, StepRecord[]>();
  readonly #interruptions = new Map<string, Interruption[]>();
  readonly #replay: Replay;
  readonly #placed: ReadonlySet<string>;
  #sequence = 0;
  #deliveries: Promise<void> = Promise.resolve();
  #live = 0;
  #stopped: unknown;
  #onStop: (reason: unknown) => void = () => undefined;
  #onQuiet: (() => void) | undefined;
  #rejectStopped: (reason: unknown) => void = () => undefined;
  readonly #whenStopped = new Promise<never>((_, reject) => {
    this.#rejectStopped = reject;
  });

  constructor(readonly options: JournalOptions) {
    const { store, owner, records, seal } = options;
    this.runId = records.run.runId;
    this.seal = seal;
    const { steps, delivered } = records;
    for (const step of steps) {
      if (!step.key.includes('.')) this.#recorded.set(step.key, step);
      else {
        const key = withoutAttempts(step.key);
        this.#nested.set(key, [...(this.#nested.get(key) ?? []), step]);
      }
    }
    this.committer = new JournalCommitter(store, this.runId, owner, delivered.length, (error) => this.stop(error));
    const placed = delivered.filter((key) => this.#recorded.has(key));
    this.#placed = new Set(placed);
    // Outcomes that were stored before the pattern received them come last, and their places are stored now.
    const unplaced = [...this.#recorded.values()].filter(
      ({ key, print }) => !this.#placed.has(key) && !print.startsWith('wait '),
    );
    this.#replay = new Replay(
      [...placed, ...unplaced.map(({ key }) => key)],
      (key) => {
        if (!this.#placed.has(key)) this.committer.deliver(key);
      },
      (missing, requested) =>
        this.stop(
          DurableRunError.diverged(
            this.runId,
            `a request for step ${missing}: ${this.#recorded.get(missing)?.print}`,
            requested.length > 0 ? `requests for ${requested.join(', ')}` : 'no request',
          ),
        ),
    );
    this.waits = new Waits(this);
    this.#whenStopped.catch(() => undefined);
  }

  /** Why this process no longer executes the run; undefined while it does. */
  get stopped(): unknown {
    return this.#stopped;
  }

  /** Whether recorded outcomes are still being given. */
  get isReplaying(): boolean {
    return this.#replay.isUnderWay;
  }

  /** How many steps are being performed. */
  get liveSteps(): number {
    return this.#live;
  }

  /** Settles once every recorded outcome was given. */
  get replayed(): Promise<void> {
    return this.orStopped(this.#replay.over);
  }

  /** Waits for something, but not once this process no longer executes the run. */
  orStopped<T>(waited: Promise<T>): Promise<T> {
    return Promise.race([waited, this.#whenStopped]);
  }

  /** Calls back when this process must stop to execute the run. */
  onStop(listener: (reason: unknown) => void): void {
    this.#onStop = listener;
  }

  /** Writes nothing more, and ends the execution in this process. */
  stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.committer.stop(reason);
    this.close();
    this.#rejectStopped(reason);
    this.#onStop(reason);
    this.#onQuiet?.();
  }

  /** Releases the timers. */
  close(): void {
    this.#replay.close();
    this.waits.close();
  }

  /** Starts no further step, waits for those in progress, and hands the run over. */
  async drain(): Promise<void> {
    if (this.#stopped !== undefined) return;
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
    if (this.#live > 0) await quiet;
    if (this.#stopped !== undefined) return;
    await nextTurn();
    await this.waits.suspend('the worker drains', 'queued').catch(() => undefined);
  }

  /** Notes that an attempt of a call began and has no known outcome. */
  noteInterruption(local: string, interruption: Omit<Interruption, 'attempt'>): void {
    const key = withoutAttempts(local);
    const attempt = Number(/#(\d+)$/.exec(local)?.[1] ?? 1);
    const known = this.#interruptions.get(key) ?? [];
    this.#interruptions.set(key, [...known, { ...interruption, attempt: Math.max(attempt, known.length + 1) }]);
  }

  /** Takes the next number. Called before any I/O, so that the same request has the same number in every execution. */
  number(): string {
    this.#sequence += 1;
    return String(this.#sequence);
  }

  /** Performs a step, or gives its recorded outcome. */
  step(print: string, work: StepWork): Promise<unknown> {
    return this.#perform(this.number(), print, work);
  }

  /** Returns what is recorded of a step. Stops the run if it was another step. */
  recorded(key: string, print: string): StepRecord | undefined {
    const record = this.#recorded.get(key);
    if (record && record.print !== print) {
      const error = DurableRunError.diverged(this.runId, `step ${key}: ${record.print}`, print);
      this.stop(error);
      throw error;
    }
    return record;
  }

  /** Whether the pattern has received the outcome of a step. */
  isDelivered(key: string): boolean {
    return this.#placed.has(key);
  }

  /** Waits for the place of a recorded outcome. */
  turnOf(key: string): Promise<void> {
    return this.orStopped(this.#replay.turnOf(key));
  }

  /** Gives an outcome its place: one for each turn of the event loop, so that what follows from it is requested first. */
  deliver(key: string): Promise<void> {
    const turn = this.#deliveries;
    this.#deliveries = turn.then(nextTurn);
    return turn.then(() => {
      this.expectNotStopped();
      this.committer.deliver(key);
    });
  }

  /** @throws the reason why this process no longer executes the run. */
  expectNotStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  record(key: string, print: string, text: string): StepRecord {
    return { key, print, outcome: this.seal.seal(text, `step ${key}`) };
  }

  /** The text of a recorded outcome. */
  textOf({ key, outcome }: StepRecord): string {
    return this.seal.open(outcome, `step ${key}`);
  }

  earlier(key: string) {
    const records = this.#nested.get(key) ?? [];
    return records.map((record) => ({ print: record.print, text: () => this.textOf(record) }));
  }

  interruptions(key: string): readonly Interruption[] {
    return this.#interruptions.get(key) ?? [];
  }

  expectRetry(key: string, actor: Actor): void {
    if (this.interruptions(key).length === 0 || actor.interrupted === 'retry') return;
    throw new AgentDisconnectedError(actor.name, 'the process that executed the run ended while the agent worked', {
      invocationId: `${this.runId}/${key}`,
    });
  }

  async #perform(key: string, print: string, work: StepWork): Promise<unknown> {
    const record = this.recorded(key, print);
    if (record) {
      const text = this.textOf(record);
      await this.turnOf(key);
      this.expectNotStopped();
      const value = settleOutcome(text);
      work.restore?.(value);
      return value;
    }
    await this.replayed;
    this.expectNotStopped();
    // While the worker drains, the step waits until the run is handed over.
    if (this.#onQuiet) return this.#whenStopped;
    const text = await this.#performLive(key, print, work);
    await this.deliver(key);
    this.waits.check();
    return settleOutcome(text);
  }

  async #performLive(key: string, print: string, { live, actor }: StepWork): Promise<string> {
    this.#live += 1;
    let step: JournalStep | undefined;
    try {
      if (actor) this.expectRetry(key, actor);
      const attempt = Math.max(0, ...this.interruptions(key).map((one) => one.attempt)) + 1;
      const local = attempt === 1 ? key : `${key}#${attempt}`;
      step = new JournalStep(this, local, print, attempt, `${this.runId}/${key}`);
      const value = await live(step);
      return step.text ?? this.#note(key, print, encodeOutcome({ value: captured(value) }));
    } catch (error) {
      if (this.#stopped !== undefined) throw this.#stopped;
      if (isAboutStore(error)) {
        this.stop(error);
        throw error;
      }
      return step?.text ?? this.#note(key, print, encodeOutcome({ error }));
    } finally {
      this.#live -= 1;
      if (this.#live === 0) this.#onQuiet?.();
    }
  }

  /** An outcome without an effect of its own is stored with the next effect. */
  #note(key: string, print: string, text: string): string {
    this.committer.record(this.record(key, print, text));
    return text;
  }
}

const captured = (value: unknown): CapturedValue => captureValue(value, 'outcome of a step');
