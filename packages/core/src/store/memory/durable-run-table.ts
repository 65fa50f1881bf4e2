import {
  expectLaterOwner,
  expectNewRecord,
  expectNextDelivery,
  expectRunInProgress,
  expectRunOwner,
} from '../contract/conflicts.js';
import {
  type DurableRunFilter,
  type DurableWrite,
  ENDED_STATES,
  ERASED_RUN,
  type RunJournalRecords,
  type StepRecord,
  type StoredRun,
} from '../contract/durable-runs.js';
import type { Batch } from './batch.js';

interface Kept {
  run: StoredRun;
  readonly steps: Map<string, StepRecord>;
  readonly delivered: string[];
}

interface DeliveryRow {
  readonly runId: string;
  readonly place: number;
  readonly key: string;
}

/** The durable runs. */
export class DurableRunTable {
  readonly #runs = new Map<string, Kept>();
  #isHeld = false;

  /** Returns a run with its steps. */
  read(runId: string): RunJournalRecords | undefined {
    const kept = this.#runs.get(runId);
    return kept && { run: kept.run, steps: [...kept.steps.values()], delivered: [...kept.delivered] };
  }

  /** Returns the state of a run. */
  stateOf(runId: string): StoredRun['state'] | undefined {
    return this.#runs.get(runId)?.run.state;
  }

  /** All runs, in the order of their submission. */
  *all(): Generator<StoredRun> {
    for (const { run } of this.#runs.values()) yield run;
  }

  /** All steps, each with its run. */
  *allSteps(): Generator<StepRecord & { readonly runId: string }> {
    for (const [runId, { steps }] of this.#runs) for (const step of steps.values()) yield { runId, ...step };
  }

  /** All deliveries, each with its run. */
  *allDeliveries(): Generator<DeliveryRow> {
    for (const [runId, { delivered }] of this.#runs)
      for (const [i, key] of delivered.entries()) yield { runId, place: i + 1, key };
  }

  /** Adds a step of a dump. @throws StoreError if it exists, or its run does not. */
  takeStep({ runId, ...step }: StepRecord & { readonly runId: string }): void {
    const kept = this.#runs.get(runId);
    expectNewRecord(`step ${step.key} of run ${runId}`, kept !== undefined && !kept.steps.has(step.key));
    kept?.steps.set(step.key, step);
  }

  /** Adds a delivery of a dump. @throws StoreError if it is not the next one of its run. */
  takeDelivery({ runId, place, key }: DeliveryRow): void {
    const { delivered = [] } = this.#runs.get(runId) ?? {};
    expectNextDelivery(runId, delivered.length, place);
    delivered.push(key);
  }

  /** Finds runs, in the order of their submission. */
  find({ limit = 100, ...filter }: DurableRunFilter): StoredRun[] {
    const found: StoredRun[] = [];
    for (const { run } of this.#runs.values()) {
      if (found.length >= limit) break;
      if (meets(run, filter)) found.push(run);
    }
    return found;
  }

  /** Takes the right to execute the runs. @returns the function that gives it back; undefined if it is taken. */
  hold(): (() => Promise<void>) | undefined {
    if (this.#isHeld) return undefined;
    this.#isHeld = true;
    return async () => {
      this.#isHeld = false;
    };
  }

  /** Refuses a write that does not fit the stored runs. */
  check(write: DurableWrite, batch: Batch): void {
    switch (write.op) {
      case 'add_run':
        expectNewRecord(`run ${write.run.runId}`, !this.#runs.has(write.run.runId));
        batch.added.set(write.run.runId, write.run);
        return;
      case 'fence': {
        const run = this.#runOf(write.runId, batch);
        expectRunOwner(write.runId, batch.claims.get(write.runId) ?? run?.owner, write.owner);
        return expectRunInProgress(write.runId, run?.state);
      }
      case 'claim_run': {
        const run = this.#runOf(write.runId, batch);
        expectLaterOwner(write.runId, batch.claims.get(write.runId) ?? run?.owner, write.owner);
        batch.claims.set(write.runId, write.owner);
        return expectRunInProgress(write.runId, run?.state);
      }
      case 'set_run_state':
        return expectRunInProgress(write.runId, this.#runOf(write.runId, batch)?.state);
      case 'record_steps': {
        const steps = this.#runs.get(write.runId)?.steps;
        expectRunInProgress(write.runId, this.#runOf(write.runId, batch)?.state);
        for (const { key } of write.steps)
          expectNewRecord(`step ${key} of run ${write.runId}`, !steps?.has(key));
        return;
      }
      case 'record_order': {
        expectRunInProgress(write.runId, this.#runOf(write.runId, batch)?.state);
        const stored = this.#runs.get(write.runId)?.delivered.length ?? 0;
        return expectNextDelivery(write.runId, stored, write.first);
      }
    }
  }

  /** A run as it was before the batch, or as the batch has added it. */
  #runOf(runId: string, batch: Batch): StoredRun | undefined {
    return this.#runs.get(runId)?.run ?? batch.added.get(runId);
  }

  /** Applies a write that was checked. */
  apply(write: DurableWrite): void {
    if (write.op === 'add_run') {
      this.#runs.set(write.run.runId, { run: write.run, steps: new Map(), delivered: [] });
      return;
    }
    const kept = this.#runs.get(write.runId);
    if (!kept) return;
    switch (write.op) {
      case 'claim_run':
        kept.run = { ...kept.run, owner: write.owner, state: 'running', wakeAt: null, updatedAt: write.at };
        return;
      case 'set_run_state': {
        const { state, outcome, note, wakeAt, at } = write;
        kept.run = { ...kept.run, state, outcome, note, wakeAt, updatedAt: at };
        return;
      }
      case 'cancel_run':
        if (!ENDED_STATES.includes(kept.run.state))
          kept.run = { ...kept.run, cancel: kept.run.cancel ?? write.cancel };
        return;
      case 'wake_run':
        if (kept.run.state === 'waiting' || kept.run.state === 'withheld')
          kept.run = { ...kept.run, state: 'queued', note: null, wakeAt: null, updatedAt: write.at };
        return;
      case 'record_steps':
        for (const step of write.steps) kept.steps.set(step.key, step);
        return;
      case 'record_order':
        kept.delivered.push(...write.delivered);
        return;
      case 'drop_run_content':
        for (const each of this.#within([kept])) dropContent(each);
    }
  }

  /** Returns the number of runs of a person whose content is kept. */
  countContent(person: string): number {
    return this.#ofPerson(person).filter(hasContent).length;
  }

  /** Deletes the content of the runs of a person, and ends those that have not ended. @returns the ids of the runs. */
  erase(person: string): string[] {
    const runs = this.#ofPerson(person);
    for (const kept of runs) {
      if (!hasContent(kept)) continue;
      dropContent(kept);
      const state = ENDED_STATES.includes(kept.run.state) ? kept.run.state : 'cancelled';
      kept.run = { ...kept.run, state, note: ERASED_RUN, cancel: null, wakeAt: null };
    }
    return runs.map(({ run }) => run.runId);
  }

  #ofPerson(person: string): readonly Kept[] {
    return this.#within([...this.#runs.values()].filter(({ run }) => run.person === person));
  }

  /** Runs, and those that were started inside them. */
  #within(runs: readonly Kept[]): readonly Kept[] {
    const found = new Set(runs);
    for (const kept of found)
      for (const each of this.#runs.values()) if (each.run.parentRunId === kept.run.runId) found.add(each);
    return [...found];
  }
}

const hasContent = ({ run, steps, delivered }: Kept): boolean =>
  run.request !== null ||
  run.outcome !== null ||
  run.cancel !== null ||
  !ENDED_STATES.includes(run.state) ||
  (run.note !== null && run.note !== ERASED_RUN) ||
  steps.size > 0 ||
  delivered.length > 0;

function dropContent(kept: Kept): void {
  kept.run = { ...kept.run, request: null, outcome: null };
  kept.steps.clear();
  kept.delivered.length = 0;
}

function meets(run: StoredRun, filter: Omit<DurableRunFilter, 'limit'>): boolean {
  const { states, runIds, parentRunId, wakesBy, cancelRequested, endedBy } = filter;
  if (endedBy !== undefined && !hasEndedBy(run, endedBy)) return false;
  if (states && !states.includes(run.state)) return false;
  if (runIds && !runIds.includes(run.runId)) return false;
  if (parentRunId !== undefined && run.parentRunId !== parentRunId) return false;
  if (wakesBy !== undefined && !(run.wakeAt !== null && run.wakeAt <= wakesBy)) return false;
  return !cancelRequested || run.cancel !== null;
}

const hasEndedBy = ({ state, request, updatedAt }: StoredRun, time: string): boolean =>
  ENDED_STATES.includes(state) && request !== null && updatedAt <= time;
