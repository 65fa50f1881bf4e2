import { DurableRunError } from '../../errors/index.js';
import type { StepRecord } from '../../store/index.js';
import { captureValue } from '../../values/index.js';
import { isAboutStore, JournalCommitter } from './journal-committer.js';
import type { JournalOptions, StepWork } from './journal-options.js';
import { JournalStep } from './journal-step.js';
import { LiveSteps } from './live-steps.js';
import { nextTurn, Replay } from './replay.js';
import { RunHistory } from './run-history.js';
import type { Seal } from './seal.js';
import { encodeOutcome, settleOutcome } from './step-outcome.js';
import { type WaitingRun, Waits } from './waits.js';

/**
 * The journal of one durable run, at the door of the pattern's execution. Numbers each request of the pattern before any
 * I/O, stores outcomes and the order in which the pattern received them, and gives both again when the run is resumed.
 */
export class RunJournal implements WaitingRun {
  /** The run. */
  readonly runId: string;
  /** Commits everything that the run writes. */
  readonly committer: JournalCommitter;
  /** The seal of the run's content. */
  readonly seal: Seal;
  /** The recorded history of the run. */
  readonly history: RunHistory;
  /** The steps that are being performed. */
  readonly live = new LiveSteps();
  /** The sleeps and approvals that the pattern waits for. */
  readonly waits: Waits;
  readonly #replay: Replay;
  readonly #placed: ReadonlySet<string>;
  #sequence = 0;
  #deliveries: Promise<void> = Promise.resolve();
  #stopped: unknown;
  #onStop: (reason: unknown) => void = () => undefined;
  #outer: RunJournal | undefined;
  readonly #inner = new Set<RunJournal>();
  #rejectStopped: (reason: unknown) => void = () => undefined;
  readonly #whenStopped = new Promise<never>((_, reject) => {
    this.#rejectStopped = reject;
  });

  constructor(readonly options: JournalOptions) {
    const { store, owner, records, seal, opening = [] } = options;
    this.runId = records.run.runId;
    this.seal = seal;
    this.history = new RunHistory(records, seal);
    const [{ steps }, { delivered }] = [this.history, records];
    this.committer = new JournalCommitter({
      ...{ store, runId: this.runId, owner, opening, delivered: delivered.length },
      onFailed: (error) => this.stop(error),
    });
    this.#placed = new Set(delivered.filter((key) => steps.has(key)));
    // Outcomes that were stored before the pattern received them come last, and their places are stored now.
    const unplaced = [...steps.values()].filter(
      ({ key, print }) => !this.#placed.has(key) && !key.includes('!') && !print.startsWith('wait '),
    );
    this.#replay = new Replay(
      [...this.#placed, ...unplaced.map(({ key }) => key)],
      (key) => {
        if (!this.#placed.has(key)) this.committer.deliver(key);
      },
      (missing, requested) =>
        this.stop(
          DurableRunError.diverged(
            this.runId,
            `a request for step ${missing}: ${steps.get(missing)?.print}`,
            requested.length > 0 ? `requests for ${requested.join(', ')}` : 'no request',
          ),
        ),
    );
    this.waits = new Waits(this);
    this.#whenStopped.catch(() => undefined);
  }

  /** Whether nothing of the run was executed before, so that the store holds nothing of it but its request. */
  get isFresh(): boolean {
    return this.options.opening !== undefined;
  }

  /** Whether the run was started inside another durable run. */
  get isInner(): boolean {
    return this.#outer !== undefined;
  }

  /** Whether runs can have been started inside this one. */
  get hasInnerRuns(): boolean {
    return !this.isFresh || this.#inner.size > 0;
  }

  /** Why this process no longer executes the run; undefined while it does. */
  get stopped(): unknown {
    return this.#stopped;
  }

  /** Whether recorded outcomes are still being given. */
  get isReplaying(): boolean {
    return this.#replay.isUnderWay;
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

  /** Stops the journal of a run inside this one together with this one, and this one together with it. */
  contain(inner: RunJournal): void {
    this.#inner.add(inner);
    inner.#outer = this;
    if (this.#stopped !== undefined) inner.stop(this.#stopped);
  }

  /** Writes nothing more, and ends the execution in this process. */
  stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.committer.stop(reason);
    this.close();
    this.#rejectStopped(reason);
    for (const inner of this.#inner) inner.stop(reason);
    this.#outer?.stop(reason);
    this.#onStop(reason);
    this.live.noteQuiet(true);
  }

  /** Releases the timers. */
  close(): void {
    this.#replay.close();
    this.waits.close();
  }

  /** Starts no further step, waits for those in progress, and hands the run over. */
  async drain(): Promise<void> {
    if (this.#stopped !== undefined) return;
    await this.live.drain();
    if (this.#stopped !== undefined) return;
    await nextTurn();
    await this.waits.suspend('the worker drains', 'queued').catch(() => undefined);
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
    const record = this.history.steps.get(key);
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

  async #perform(key: string, print: string, work: StepWork): Promise<unknown> {
    const record = this.recorded(key, print);
    if (record) {
      const text = this.history.textOf(record);
      await this.turnOf(key);
      this.expectNotStopped();
      const value = settleOutcome(text);
      work.restore?.(value);
      return value;
    }
    await this.replayed;
    this.expectNotStopped();
    // While the worker drains, the step waits until the run is handed over.
    if (this.live.isDraining) return this.#whenStopped;
    const text = await this.#performLive(key, print, work);
    await this.deliver(key);
    this.waits.check();
    return settleOutcome(text);
  }

  async #performLive(key: string, print: string, { live, actor }: StepWork): Promise<string> {
    this.live.begin();
    let step: JournalStep | undefined;
    try {
      if (actor) this.history.expectRetry(key, actor);
      const attempt = Math.max(0, ...this.history.interruptions(key).map((one) => one.attempt)) + 1;
      const local = attempt === 1 ? key : `${key}#${attempt}`;
      step = new JournalStep(this.history, local, print, attempt, `${this.runId}/${key}`);
      const value = await live(step);
      if (step.text !== undefined) return step.text;
      return this.#note(key, print, encodeOutcome({ value: captureValue(value, 'outcome of a step') }));
    } catch (error) {
      if (this.#stopped !== undefined) throw this.#stopped;
      if (isAboutStore(error)) {
        this.stop(error);
        throw error;
      }
      return step?.text ?? this.#note(key, print, encodeOutcome({ error }));
    } finally {
      this.live.end();
    }
  }

  /** An outcome without an effect of its own is stored with the next effect. */
  #note(key: string, print: string, text: string): string {
    this.committer.record(this.history.record(key, print, text));
    return text;
  }
}
