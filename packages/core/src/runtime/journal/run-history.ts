import { AgentDisconnectedError } from '../../errors/index.js';
import type { Actor } from '../../invocation/actor.js';
import type { RunJournalRecords, StepRecord } from '../../store/index.js';
import { type Interruption, type StepHistory, withoutAttempts } from './journal-step.js';
import type { Seal } from './seal.js';

/** The recorded history of a run: the outcomes of its steps, and the attempts whose outcome is unknown. */
export class RunHistory implements StepHistory {
  /** The run. */
  readonly runId: string;
  isDeferring = false;
  /** The steps of the pattern, by number. */
  readonly steps = new Map<string, StepRecord>();
  readonly #nested = new Map<string, StepRecord[]>();
  readonly #interruptions = new Map<string, Interruption[]>();

  constructor(
    { run, steps }: RunJournalRecords,
    private readonly seal: Seal,
  ) {
    this.runId = run.runId;
    for (const step of steps) {
      // The records of approvals, whose keys hold ids of people, belong to the pattern's own steps.
      if (step.key.includes('!') || !step.key.includes('.')) this.steps.set(step.key, step);
      else {
        const key = withoutAttempts(step.key);
        this.#nested.set(key, [...(this.#nested.get(key) ?? []), step]);
      }
    }
  }

  /** Notes that an attempt of a call began and has no known outcome. */
  noteInterruption(local: string, interruption: Omit<Interruption, 'attempt'>): void {
    const key = withoutAttempts(local);
    const attempt = Number(/#(\d+)$/.exec(local)?.[1] ?? 1);
    const known = this.#interruptions.get(key) ?? [];
    this.#interruptions.set(key, [
      ...known,
      { ...interruption, attempt: Math.max(attempt, known.length + 1) },
    ]);
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
    throw new AgentDisconnectedError(
      actor.name,
      'the process that executed the run ended while the agent worked',
      { invocationId: `${this.runId}/${key}` },
    );
  }
}
