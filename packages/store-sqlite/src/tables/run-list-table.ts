import {
  durableRunEntry,
  type ListedRun,
  type RunEntry,
  type RunListPage,
  type RunListQuery,
  runEntryOf,
  runListPage,
  type StoredRun,
} from '@kaizen-eatp/core/store';
import type { Database, Statement } from 'better-sqlite3';

type Row = Omit<ListedRun, 'isDurable' | 'agents'> & {
  readonly moment: number;
  readonly isDurable: 0 | 1;
  readonly agents: string;
};

const COLUMNS = `run.run_id AS runId, run.moment, state, durable AS isDurable, pattern, task_id AS taskId,
  submitted_at AS submittedAt, started_at AS startedAt, ended_at AS endedAt, denials,
  coalesce((SELECT max(sequence) FROM eatp_trail WHERE trail_id = run.run_id), 0) AS records,
  (SELECT json_group_array(agent_id) FROM (
    SELECT agent_id FROM eatp_run_marks AS acted
    WHERE acted.run_id = run.run_id AND agent_id IS NOT NULL ORDER BY agent_id)) AS agents`;

/** The list of runs: an index of the trails and the durable runs, which is written with them. */
export class RunListTable {
  readonly #db: Database;
  readonly #begin;
  readonly #step;
  readonly #submit;
  readonly #moveMarks;
  readonly #mark;
  readonly #pages = new Map<string, Statement<[object], Row>>();

  constructor(db: Database) {
    this.#db = db;
    this.#begin = db.prepare(`
      INSERT INTO eatp_run_list (run_id, moment, state, durable, task_id, started_at, denials)
      VALUES (@runId, @moment, 'running', 0, @taskId, @at, 0)
      ON CONFLICT (run_id) DO UPDATE SET started_at = excluded.started_at, task_id = excluded.task_id`);
    this.#step = db.prepare(`
      UPDATE eatp_run_list SET denials = denials + @denials,
        ended_at = CASE WHEN @ended IS NULL THEN ended_at ELSE @at END,
        state = CASE WHEN durable = 1 THEN state ELSE coalesce(@ended, state) END,
        pattern = coalesce(@pattern, pattern)
      WHERE run_id = @runId`);
    this.#submit = db.prepare(`
      INSERT INTO eatp_run_list (run_id, moment, state, durable, pattern, submitted_at, denials)
      VALUES (@runId, @moment, @state, 1, @pattern, @submittedAt, 0)
      ON CONFLICT (run_id) DO UPDATE SET moment = excluded.moment, state = excluded.state, durable = 1,
        pattern = excluded.pattern, submitted_at = excluded.submitted_at`);
    this.#moveMarks = db.prepare(
      'UPDATE eatp_run_marks SET moment = @moment WHERE run_id = @runId AND moment <> @moment',
    );
    this.#mark = db.prepare(`
      INSERT OR IGNORE INTO eatp_run_marks (run_id, mark, moment, agent_id)
      SELECT run_id, @mark, moment, @agentId FROM eatp_run_list WHERE run_id = @runId`);
  }

  /** Adds what an entry of a trail says, in the transaction that stores it. */
  noteEntry(entry: { trailId: string; sequence: number; agentId: string; text: string }): void {
    const { trailId: runId, sequence, agentId, text } = entry;
    const noted = runEntryOf(runId, agentId, text);
    if (!noted) return;
    const { at, moment, taskId, ended, pattern, isDenial } = noted;
    if (sequence === 1) this.#begin.run({ runId, moment, taskId, at });
    if (ended !== null || isDenial) this.#step.run({ runId, at, ended, pattern, denials: isDenial ? 1 : 0 });
    this.#mark.run({ runId, mark: noted.agentMark, agentId });
    this.#setMarks(runId, noted);
  }

  /** Adds a durable run. Its state then follows that of its row, by a trigger. */
  noteRun(run: StoredRun): void {
    const { runId, state, pattern, submittedAt } = run;
    const noted = durableRunEntry(run);
    this.#submit.run({ runId, moment: noted.moment, state, pattern, submittedAt });
    this.#moveMarks.run({ runId, moment: noted.moment });
    this.#setMarks(runId, noted);
  }

  page(query: RunListQuery): RunListPage {
    const { limit, after, since, until, state, marks } = query;
    const values = Object.fromEntries(marks.map((mark, i) => [`mark${i}`, mark]));
    const rows = this.#pageOf(query).all({ limit: limit + 1, ...after, since, until, state, ...values });
    return runListPage(
      query,
      rows.map((row) => ({
        ...row,
        isDurable: row.isDurable === 1,
        agents: JSON.parse(row.agents) as string[],
      })),
    );
  }

  #setMarks(runId: string, { marks }: Pick<RunEntry, 'marks'>): void {
    for (const mark of marks) this.#mark.run({ runId, mark, agentId: null });
  }

  /** One statement for each set of criteria; their values are bound. */
  #pageOf(query: RunListQuery): Statement<[object], Row> {
    const sql = runListSql(query);
    let page = this.#pages.get(sql);
    if (!page) {
      page = this.#db.prepare<[object], Row>(sql);
      this.#pages.set(sql, page);
    }
    return page;
  }
}

/**
 * The statement of a page. It reads one index in the order of the page: that of the first mark, else that of the state,
 * else that of all runs.
 */
export function runListSql({ after, since, until, state, marks }: RunListQuery): string {
  const place = marks.length > 0 ? 'marked' : 'run';
  const conditions = marks.map((_, i) =>
    i === 0
      ? 'marked.mark = @mark0'
      : `EXISTS (SELECT 1 FROM eatp_run_marks AS m${i} WHERE m${i}.run_id = ${place}.run_id AND m${i}.mark = @mark${i})`,
  );
  if (state !== undefined) conditions.push('run.state = @state');
  if (after) conditions.push(`(${place}.moment, ${place}.run_id) < (@moment, @runId)`);
  if (since !== undefined) conditions.push(`${place}.moment >= @since`);
  if (until !== undefined) conditions.push(`${place}.moment < @until`);
  const tables =
    marks.length > 0
      ? 'eatp_run_marks AS marked CROSS JOIN eatp_run_list AS run ON run.run_id = marked.run_id'
      : 'eatp_run_list AS run';
  return `SELECT ${COLUMNS} FROM ${tables} WHERE ${conditions.join(' AND ') || 'true'}
    ORDER BY ${place}.moment DESC, ${place}.run_id DESC LIMIT @limit`;
}
