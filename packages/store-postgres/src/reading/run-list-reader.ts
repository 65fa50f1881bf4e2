import { type ListedRun, type RunListPage, type RunListQuery, runListPage } from '@kaizen-eatp/core/store';
import type { Ask } from './run-reader.js';

type Row = Omit<ListedRun, 'records' | 'denials'> &
  Readonly<Record<'moment' | 'records' | 'denials', string>>;

const columns = (
  s: string,
): string => `run.run_id AS "runId", run.moment, state, durable AS "isDurable", pattern,
  task_id AS "taskId", submitted_at AS "submittedAt", started_at AS "startedAt", ended_at AS "endedAt", denials,
  coalesce((SELECT max(sequence) FROM ${s}.trail WHERE trail_id = run.run_id), 0) AS records,
  ARRAY(SELECT agent_id FROM ${s}.run_marks AS acted
    WHERE acted.run_id = run.run_id AND agent_id IS NOT NULL ORDER BY agent_id) AS agents`;

/**
 * Reads a page of the list of runs. The page is cut before anything else is looked up for its runs, along one index: that of the
 * first mark, else that of the state, else that of all runs.
 */
export async function listRuns(ask: Ask, s: string, query: RunListQuery): Promise<RunListPage> {
  const { text, values } = runListStatement(s, query);
  const rows = await ask<Row>(`list_runs ${shapeOf(query)}`, text, values);
  const numbers = ({ moment, records, denials }: Row) => ({
    moment: Number(moment),
    records: Number(records),
    denials: Number(denials),
  });
  return runListPage(
    query,
    rows.map((row) => ({ ...row, ...numbers(row) })),
  );
}

/** Prepared statements are kept by name, and a name says which criteria the text has. */
const shapeOf = ({ after, since, until, state, marks }: RunListQuery): string =>
  [after, since, until, state].map((given) => (given === undefined ? '-' : '+')).join('') + marks.length;

/** Returns the statement of a page. */
export function runListStatement(
  s: string,
  { limit, after, since, until, state, marks }: RunListQuery,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [limit + 1];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const place = marks.length > 0 ? 'marked' : 'run';
  const conditions = marks.map((mark, i) =>
    i === 0
      ? `marked.mark = ${bound(mark)}`
      : `EXISTS (SELECT 1 FROM ${s}.run_marks AS m WHERE m.run_id = ${place}.run_id AND m.mark = ${bound(mark)})`,
  );
  if (state !== undefined) conditions.push(`run.state = ${bound(state)}`);
  if (after)
    conditions.push(
      `(${place}.moment, ${place}.run_id) < (${bound(after.moment)}::bigint, ${bound(after.runId)})`,
    );
  if (since !== undefined) conditions.push(`${place}.moment >= ${bound(since)}::bigint`);
  if (until !== undefined) conditions.push(`${place}.moment < ${bound(until)}::bigint`);
  const tables =
    marks.length > 0
      ? `${s}.run_marks AS marked JOIN ${s}.run_list AS run ON run.run_id = marked.run_id`
      : `${s}.run_list AS run`;
  const text = `SELECT ${columns(s)} FROM (
      SELECT run.* FROM ${tables} WHERE ${conditions.join(' AND ') || 'true'}
      ORDER BY ${place}.moment DESC, ${place}.run_id DESC LIMIT $1) AS run
    ORDER BY run.moment DESC, run.run_id DESC`;
  return { text, values };
}
