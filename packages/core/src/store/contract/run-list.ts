import * as z from 'zod';
import { ACTION_RESULTS, type ActionResult } from '../../chain/index.js';
import { momentField, parseOptions, type Timestamp, timestampToMillis } from '../../wire/index.js';
import { DURABLE_RUN_STATES, type DurableRunState } from './durable-runs.js';
import { type RunPlace, readRunCursor, writeRunCursor } from './run-cursor.js';
import { outcomeOf, type RunMarkKind, runMark } from './run-entry.js';
import { isStorableText } from './storable-text.js';

/** Which runs to list, and from where on. A run must meet every criterion that is given. */
export interface RunListRequest {
  /** How many runs are returned at most: 1 to 1,000. Default: 50. */
  readonly limit?: number;
  /** {@link RunListPage.next} of the page before. Default: the newest runs. */
  readonly cursor?: string;
  /** The state of the run. */
  readonly state?: DurableRunState;
  /** The id of an agent that acted in the run or was denied. */
  readonly agentId?: string;
  /** The task of the run. */
  readonly taskId?: string;
  /** The name of the pattern; a run that is not durable has one once it has ended. */
  readonly pattern?: string;
  /** The pseudonym of a person on whose behalf the run acts. */
  readonly person?: string;
  /** An action that is recorded in the run; with `result`, one that is recorded with that result. */
  readonly action?: string;
  /** A result that is recorded in the run. */
  readonly result?: ActionResult;
  /** The earliest moment at which the run can have begun. */
  readonly since?: Date | Timestamp;
  /** The moment before which the run must have begun. */
  readonly until?: Date | Timestamp;
}

/** A run in a list. The list is an index: nothing in it is verified, and nothing is trusted because of it. */
export interface ListedRun {
  /** The id of the run and of its trail. */
  readonly runId: string;
  /** The state. A run that is not durable is `running`, `succeeded` or `failed`. */
  readonly state: DurableRunState;
  /** Whether it is a durable run. */
  readonly isDurable: boolean;
  /** The name of the pattern; null while a run that is not durable is in progress. */
  readonly pattern: string | null;
  /** The task; null before the first record. */
  readonly taskId: string | null;
  /** When a durable run was submitted; null for any other. */
  readonly submittedAt: Timestamp | null;
  /** The time of the first record; null before it. */
  readonly startedAt: Timestamp | null;
  /** The time of the record that ends the run; null before it. */
  readonly endedAt: Timestamp | null;
  /** The number of records in its trail. */
  readonly records: number;
  /** The number of denials. */
  readonly denials: number;
  /** The agents that acted or were denied, in the order of their ids. */
  readonly agents: readonly string[];
}

/** A page of the list of runs: the newest first. */
export interface RunListPage {
  /** The runs, by the moment at which they were submitted or began, and by their ids where that is the same. */
  readonly runs: readonly ListedRun[];
  /** The `cursor` of the page with older runs; null if there are none. */
  readonly next: string | null;
}

/** A {@link RunListRequest} as a store searches for it. */
export interface RunListQuery {
  /** How many runs the page has at most. A store reads one more, to see whether there is another page. */
  readonly limit: number;
  /** The last run of the page before. */
  readonly after: RunPlace | undefined;
  /** The earliest moment, in milliseconds since the epoch. */
  readonly since: number | undefined;
  /** The moment before which the run must have begun, in milliseconds since the epoch. */
  readonly until: number | undefined;
  /** The state. */
  readonly state: DurableRunState | undefined;
  /** The marks that the run must have, those first that few runs have. */
  readonly marks: readonly string[];
}

const MOST_RUNS = 1_000;
const textOfMark = z
  .custom<string>(
    (value) => typeof value === 'string' && isStorableText(value),
    'a string without U+0000 and lone surrogates',
  )
  .optional();

const runListRequest = z.strictObject({
  limit: z
    .custom<number>(
      (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MOST_RUNS,
      'a whole number from 1 to 1000',
    )
    .optional(),
  cursor: z
    .custom<string>(
      (value) => readRunCursor(value) !== undefined,
      'the `next` of a page of runs, unchanged; leave it out for the newest runs',
    )
    .optional(),
  state: z.enum(DURABLE_RUN_STATES).optional(),
  agentId: textOfMark,
  taskId: textOfMark,
  pattern: textOfMark,
  person: textOfMark,
  action: textOfMark,
  result: z.enum(ACTION_RESULTS).optional(),
  since: momentField.optional(),
  until: momentField.optional(),
});

/** Reads a request for a list of runs. For stores. @throws InvalidArgumentError for a limit, a cursor or a criterion. */
export function runListQuery(request: RunListRequest): RunListQuery {
  const {
    limit = 50,
    cursor,
    state,
    since,
    until,
    ...given
  } = parseOptions(runListRequest, request, 'listRuns()');
  const { taskId, person, agentId, pattern, action, result } = given;
  const isOutcome = action !== undefined && result !== undefined;
  const acted = isOutcome ? { outcome: outcomeOf(action, result) } : { action, result };
  const marks = { task: taskId, person, agent: agentId, pattern, ...acted };
  return {
    limit,
    after: readRunCursor(cursor),
    since: since === undefined ? undefined : Math.ceil(timestampToMillis(since)),
    until: until === undefined ? undefined : Math.ceil(timestampToMillis(until)),
    state,
    marks: Object.entries(marks).flatMap(([kind, value]) =>
      value === undefined ? [] : [runMark(kind as RunMarkKind, value)],
    ),
  };
}

/**
 * Makes the page of a list of runs. For stores.
 *
 * @param found - the runs in their order, one more than the limit if there are as many; each with its moment in milliseconds
 * since the epoch.
 */
export function runListPage(
  { limit }: RunListQuery,
  found: readonly (ListedRun & Pick<RunPlace, 'moment'>)[],
): RunListPage {
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    runs: found.slice(0, limit).map(({ moment: _, ...run }) => run),
    next: last ? writeRunCursor(last) : null,
  };
}
