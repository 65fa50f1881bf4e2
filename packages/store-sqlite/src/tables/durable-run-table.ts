import {
  type DurableRunFilter,
  type DurableWrite,
  ENDED_STATES,
  ERASED_RUN,
  expectLaterOwner,
  expectNewRecord,
  expectNextDelivery,
  expectRunInProgress,
  expectRunOwner,
  type RunJournalRecords,
  type StepRecord,
  type StoredRun,
} from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';

const COLUMNS = `run_id AS runId, parent_run_id AS parentRunId, pattern, person, state, request, outcome, note, owner,
  wake_at AS wakeAt, cancel, submitted_at AS submittedAt, updated_at AS updatedAt`;
const ENDED = "('succeeded', 'failed', 'cancelled')";

/** The runs that meet a condition, and those that were started inside them. */
const within = (condition: string): string => `
  WITH RECURSIVE within(run_id) AS (
    SELECT run_id FROM eatp_runs WHERE ${condition}
    UNION SELECT inner_run.run_id FROM eatp_runs AS inner_run JOIN within ON inner_run.parent_run_id = within.run_id)`;
const WITHIN_RUN = within('run_id = ?');
const WITHIN_PERSON = within('person = ?');
const HAS_CONTENT = `(request IS NOT NULL OR outcome IS NOT NULL OR cancel IS NOT NULL OR state NOT IN ${ENDED}
  OR note <> ? OR EXISTS (SELECT 1 FROM eatp_steps AS step WHERE step.run_id = run.run_id)
  OR EXISTS (SELECT 1 FROM eatp_deliveries AS delivery WHERE delivery.run_id = run.run_id))`;

/** Durable runs, their steps, and the order in which the outcomes of the steps were delivered. */
export class DurableRunTable {
  readonly #db: Database;
  readonly #add;
  readonly #claim;
  readonly #setState;
  readonly #cancel;
  readonly #wake;
  readonly #run;
  readonly #owner;
  readonly #inProgress;
  readonly #addStep;
  readonly #deliver;
  readonly #steps;
  readonly #delivered;
  readonly #last;

  constructor(db: Database) {
    this.#db = db;
    this.#add = db.prepare(`
      INSERT INTO eatp_runs (run_id, parent_run_id, pattern, person, state, request, outcome, note, owner, wake_at,
        cancel, submitted_at, updated_at)
      VALUES (@runId, @parentRunId, @pattern, @person, @state, @request, @outcome, @note, @owner, @wakeAt, @cancel,
        @submittedAt, @updatedAt)
      ON CONFLICT (run_id) DO NOTHING`);
    this.#claim = db.prepare(`
      UPDATE eatp_runs SET owner = @owner, state = 'running', wake_at = NULL, updated_at = @at
      WHERE run_id = @runId AND state NOT IN ${ENDED}`);
    this.#setState = db.prepare(`
      UPDATE eatp_runs SET state = @state, outcome = @outcome, note = @note, wake_at = @wakeAt, updated_at = @at
      WHERE run_id = @runId AND state NOT IN ${ENDED}`);
    this.#cancel = db.prepare(`
      UPDATE eatp_runs SET cancel = coalesce(cancel, @cancel) WHERE run_id = @runId AND state NOT IN ${ENDED}`);
    this.#wake = db.prepare(`
      UPDATE eatp_runs SET state = 'queued', note = NULL, wake_at = NULL, updated_at = @at
      WHERE run_id = @runId AND state IN ('waiting', 'withheld')`);
    this.#run = db.prepare<[string], StoredRun>(`SELECT ${COLUMNS} FROM eatp_runs WHERE run_id = ?`);
    this.#owner = db.prepare<[string], string | null>('SELECT owner FROM eatp_runs WHERE run_id = ?').pluck();
    this.#inProgress = db
      .prepare<[string], number>(`SELECT 1 FROM eatp_runs WHERE run_id = ? AND state NOT IN ${ENDED}`)
      .pluck();
    this.#addStep = db.prepare(`
      INSERT INTO eatp_steps (run_id, key, print, outcome) VALUES (@runId, @key, @print, @outcome)
      ON CONFLICT (run_id, key) DO NOTHING`);
    this.#deliver = db.prepare('INSERT INTO eatp_deliveries (run_id, place, key) VALUES (?, ?, ?)');
    this.#steps = db.prepare<[string], StepRecord>(
      'SELECT key, print, outcome FROM eatp_steps WHERE run_id = ? ORDER BY ordinal',
    );
    this.#delivered = db
      .prepare<[string], string>('SELECT key FROM eatp_deliveries WHERE run_id = ? ORDER BY place')
      .pluck();
    this.#last = db
      .prepare<[string], number | null>('SELECT max(place) FROM eatp_deliveries WHERE run_id = ?')
      .pluck();
  }

  read(runId: string): RunJournalRecords | undefined {
    const run = this.#run.get(runId);
    return run && { run, steps: this.#steps.all(runId), delivered: this.#delivered.all(runId) as string[] };
  }

  /** Finds runs, in the order of their submission. */
  find({ limit = 100, ...filter }: DurableRunFilter): StoredRun[] {
    const { states, runIds, parentRunId, wakesBy, cancelRequested, endedBy } = filter;
    const conditions: string[] = [];
    if (states) conditions.push('state IN (SELECT value FROM json_each(@states))');
    // Without this, the index of the unfinished runs is not used, and each search reads the runs that have nothing to do.
    if (states?.every((state) => !ENDED_STATES.includes(state))) conditions.push(`state NOT IN ${ENDED}`);
    if (runIds) conditions.push('run_id IN (SELECT value FROM json_each(@runIds))');
    if (parentRunId !== undefined) conditions.push('parent_run_id = @parentRunId');
    if (wakesBy !== undefined) conditions.push('wake_at <= @wakesBy');
    if (endedBy !== undefined)
      conditions.push(`state IN ${ENDED} AND request IS NOT NULL AND updated_at <= @endedBy`);
    if (cancelRequested) conditions.push('cancel IS NOT NULL');
    const statement = this.#db.prepare<[object], StoredRun>(
      `SELECT ${COLUMNS} FROM eatp_runs WHERE ${conditions.join(' AND ') || 'true'} ORDER BY ordinal LIMIT @limit`,
    );
    return statement.all({
      limit,
      ...(states && { states: JSON.stringify(states) }),
      ...(runIds && { runIds: JSON.stringify(runIds) }),
      ...(parentRunId !== undefined && { parentRunId }),
      ...(wakesBy !== undefined && { wakesBy }),
      ...(endedBy !== undefined && { endedBy }),
    });
  }

  /** Applies one write, inside the caller's transaction. @throws StoreError if it does not fit what is stored. */
  apply(write: DurableWrite): void {
    const { op } = write;
    switch (op) {
      case 'add_run':
        return expectNewRecord(`run ${write.run.runId}`, this.#add.run(write.run).changes > 0);
      case 'claim_run':
        expectLaterOwner(write.runId, this.#owner.get(write.runId), write.owner);
        return this.#expectChanged(write.runId, this.#claim.run(write).changes);
      case 'fence':
        expectRunOwner(write.runId, this.#owner.get(write.runId), write.owner);
        return this.#expectInProgress(write.runId);
      case 'set_run_state':
        return this.#expectChanged(write.runId, this.#setState.run(write).changes);
      case 'cancel_run':
        this.#cancel.run(write);
        return;
      case 'wake_run':
        this.#wake.run(write);
        return;
      case 'record_steps':
        this.#expectInProgress(write.runId);
        for (const step of write.steps) {
          const { changes } = this.#addStep.run({ runId: write.runId, ...step });
          expectNewRecord(`step ${step.key} of run ${write.runId}`, changes > 0);
        }
        return;
      case 'record_order':
        this.#expectInProgress(write.runId);
        expectNextDelivery(write.runId, (this.#last.get(write.runId) as number | null) ?? 0, write.first);
        for (let i = 0; i < write.delivered.length; i++)
          this.#deliver.run(write.runId, write.first + i, write.delivered[i]);
        return;
      case 'drop_run_content':
        return this.#dropContent(WITHIN_RUN, write.runId);
    }
  }

  /** Returns the number of runs of a person whose content is kept. */
  countContent(person: string): number {
    return this.#db
      .prepare<[string, string], number>(
        `${WITHIN_PERSON} SELECT count(*) FROM eatp_runs AS run WHERE run_id IN within AND ${HAS_CONTENT}`,
      )
      .pluck()
      .get(person, ERASED_RUN) as number;
  }

  /** Deletes the content of the runs of a person, and ends those that have not ended. */
  erase(person: string): void {
    this.#db
      .prepare(`${WITHIN_PERSON} UPDATE eatp_runs AS run
        SET note = ?, cancel = NULL, wake_at = NULL, state = CASE WHEN state IN ${ENDED} THEN state ELSE 'cancelled' END
        WHERE run_id IN within AND ${HAS_CONTENT}`)
      .run(person, ERASED_RUN, ERASED_RUN);
    this.#dropContent(WITHIN_PERSON, person);
  }

  #expectInProgress(runId: string): void {
    this.#expectChanged(runId, this.#inProgress.get(runId) === undefined ? 0 : 1);
  }

  #expectChanged(runId: string, changes: number): void {
    if (changes === 0) expectRunInProgress(runId, this.#run.get(runId)?.state);
  }

  #dropContent(within: string, id: string): void {
    this.#db.prepare(`${within} DELETE FROM eatp_steps WHERE run_id IN within`).run(id);
    this.#db.prepare(`${within} DELETE FROM eatp_deliveries WHERE run_id IN within`).run(id);
    this.#db
      .prepare(`${within} UPDATE eatp_runs SET request = NULL, outcome = NULL WHERE run_id IN within`)
      .run(id);
  }
}
