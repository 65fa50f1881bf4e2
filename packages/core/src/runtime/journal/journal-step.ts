import type { Actor } from '../../invocation/actor.js';
import type { CallOutcome, CallStep, NestedStep } from '../../invocation/call-step.js';
import type { StepRecord, StoreWrite } from '../../store/index.js';
import { encodeOutcome, type StepOutcome, settleOutcome } from './step-outcome.js';

/** The recorded history of calls that a step needs, and the way to record its own outcome. */
export interface StepHistory {
  /** The run. */
  readonly runId: string;
  /** Whether the outcomes of the pattern's own steps can be stored with the next commit. */
  readonly isDeferring: boolean;
  /** Seals an outcome. */
  record(key: string, print: string, text: string): StepRecord;
  /** The outcomes that earlier attempts recorded for a call inside another one. */
  earlier(key: string): readonly { readonly print: string; text(): string }[];
  /** The attempts of a call that began and have no known outcome. */
  interruptions(key: string): readonly Interruption[];
  /** @throws AgentDisconnectedError if the agent is not to be called again after an interruption. */
  expectRetry(key: string, actor: Actor): void;
}

/** An attempt that began and has no known outcome. */
export interface Interruption {
  /** The number of the attempt. */
  readonly attempt: number;
  /** The action that was verified. */
  readonly action: string;
  /** The digest of the input, as recorded. */
  readonly inputDigest: string | null;
}

/** A number without those of attempts: `3.1` for `3#2.1`. */
export const withoutAttempts = (local: string): string => local.replaceAll(/#\d+/g, '');

/** One live step of a run, or a call inside one. */
export class JournalStep implements CallStep {
  /** The outcome, once it is to be stored. */
  text: string | undefined;
  #children = 0;
  #runs = 0;

  /**
   * @param history - the run's journal.
   * @param local - the number of the step with its attempts, such as `3#2.1`.
   * @param print - what the step is.
   * @param attempt - the number of the attempt.
   * @param idempotencyKey - the same in every attempt.
   */
  constructor(
    private readonly history: StepHistory,
    private readonly local: string,
    private readonly print: string,
    readonly attempt: number,
    readonly idempotencyKey: string,
  ) {}

  get invocationId(): string {
    return `${this.history.runId}/${this.local}`;
  }

  get isDeferrable(): boolean {
    return this.history.isDeferring && !this.local.includes('.');
  }

  settle(outcome: CallOutcome): readonly StoreWrite[] {
    return this.settleWith('output' in outcome ? { value: outcome.output } : outcome);
  }

  /** As {@link settle}, for any step. */
  settleWith(outcome: StepOutcome): readonly StoreWrite[] {
    this.text = encodeOutcome(outcome);
    // The first attempt of a step has the key that its replay looks for; so has each later one of a step of the pattern.
    const key = this.local.includes('.') ? this.local : withoutAttempts(this.local);
    const { runId } = this.history;
    return [{ op: 'record_steps', runId, steps: [this.history.record(key, this.print, this.text)] }];
  }

  nested(print: string, actor: Actor): NestedStep {
    const { history } = this;
    this.#children += 1;
    const local = `${this.local}.${this.#children}`;
    const key = withoutAttempts(local);
    const earlier = history.earlier(key);
    for (const record of earlier) {
      if (record.print !== print) continue;
      const text = record.text();
      // A failed call may be repeated, a successful one is not.
      if (text.startsWith('v')) return { settled: () => settleOutcome(text) };
    }
    const interruptions = history.interruptions(key);
    const isSame =
      earlier.every((record) => record.print === print) &&
      interruptions.every(({ action, inputDigest }) => print.endsWith(` ${action} ${inputDigest}`));
    if (isSame) history.expectRetry(key, actor);
    const attempt = isSame ? Math.max(0, ...interruptions.map((one) => one.attempt)) + 1 : 1;
    const idempotencyKey = `${history.runId}/${isSame ? key : local}`;
    return { step: new JournalStep(history, local, print, attempt, idempotencyKey) };
  }

  nextRunId(): string {
    this.#runs += 1;
    return `${this.idempotencyKey}~${this.#runs}`;
  }
}
