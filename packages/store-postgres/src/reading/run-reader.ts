import {
  type DurableRunFilter,
  ERASED_RUN,
  isStorableText,
  type PersonalDataCount,
  type RunJournalRecords,
  type StepRecord,
  type StoredRun,
} from '@kaizen-eatp/core/store';

const RUN = `run_id AS "runId", parent_run_id AS "parentRunId", pattern, person, state, request, outcome, note, owner,
  wake_at AS "wakeAt", cancel, submitted_at AS "submittedAt", updated_at AS "updatedAt"`;

/** Asks the server one question. */
export type Ask = <Row>(name: string, text: string, values: readonly unknown[]) => Promise<Row[]>;

interface JournalRow {
  readonly run: StoredRun;
  readonly steps: readonly StepRecord[];
  readonly delivered: readonly string[];
}

/** Reads a durable run with its steps, all of one moment. */
export async function readRun(ask: Ask, s: string, runId: string): Promise<RunJournalRecords | undefined> {
  if (!isStorableText(runId)) return undefined;
  const [row] = await ask<JournalRow>(
    'read_run',
    `SELECT (SELECT row_to_json(r) FROM (SELECT ${RUN} FROM ${s}.runs WHERE run_id = $1) AS r) AS run,
      coalesce((SELECT json_agg(json_build_object('key', key, 'print', print, 'outcome', outcome) ORDER BY seq)
        FROM ${s}.steps WHERE run_id = $1), '[]') AS steps,
      coalesce((SELECT json_agg(key ORDER BY place) FROM ${s}.deliveries WHERE run_id = $1), '[]') AS delivered`,
    [runId],
  );
  return row?.run ? row : undefined;
}

/** Finds durable runs, in the order of their submission. */
export function findRuns(ask: Ask, s: string, filter: DurableRunFilter): Promise<StoredRun[]> {
  const { states, runIds, parentRunId, wakesBy, cancelRequested, endedBy, limit = 100 } = filter;
  const values: unknown[] = [Number.isSafeInteger(limit) ? limit : null];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    values.push(value);
    conditions.push(condition.replace('$', `$${values.length}`));
  };
  if (states) where('state = ANY($)', states);
  if (runIds) where('run_id = ANY($)', runIds.filter(isStorableText));
  if (parentRunId !== undefined) where('parent_run_id = $', isStorableText(parentRunId) ? parentRunId : null);
  if (wakesBy !== undefined) where('wake_at <= $', wakesBy);
  if (endedBy !== undefined)
    where(
      `state IN ('succeeded', 'failed', 'cancelled') AND request IS NOT NULL AND updated_at <= $`,
      endedBy,
    );
  if (cancelRequested) conditions.push('cancel IS NOT NULL');
  const text = `SELECT ${RUN} FROM ${s}.runs WHERE ${conditions.join(' AND ') || 'true'} ORDER BY seq LIMIT $1`;
  return ask<StoredRun>(`find_runs ${conditions.join(' ')}`.slice(0, 60), text, values);
}

/** Counts what an erasure of a person would remove. */
export async function countPersonalData(ask: Ask, s: string, person: string): Promise<PersonalDataCount> {
  if (!isStorableText(person)) return { disclosures: 0, runs: 0 };
  const [count] = await ask<{ readonly disclosures: string; readonly runs: string }>(
    'count_personal_data',
    `SELECT (SELECT count(*) FROM ${s}.disclosures WHERE person = $1) AS disclosures,
      (SELECT count(*) FROM ${s}.runs AS r WHERE run_id = ANY(${s}.runs_of_person($1)) AND (
        request IS NOT NULL OR outcome IS NOT NULL OR cancel IS NOT NULL OR note <> $2
        OR state NOT IN ('succeeded', 'failed', 'cancelled')
        OR EXISTS (SELECT 1 FROM ${s}.steps WHERE steps.run_id = r.run_id)
        OR EXISTS (SELECT 1 FROM ${s}.deliveries WHERE deliveries.run_id = r.run_id))) AS runs`,
    [person, ERASED_RUN],
  );
  return { disclosures: Number(count?.disclosures), runs: Number(count?.runs) };
}
