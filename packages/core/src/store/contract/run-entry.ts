import { utf8Length } from '#crypto';
import { sha256Hex, timestampToMillis } from '../../wire/index.js';
import type { StoredRun } from './durable-runs.js';
import { isStorableText } from './storable-text.js';
import { isRunTrail } from './trail-ids.js';

/** The contribution of a trail's entry to the list of runs. */
export interface RunEntry {
  /** The time of the record; null if the text is no record. */
  readonly at: string | null;
  /** The same in whole milliseconds since the epoch; 0 if the text is no record. */
  readonly moment: number;
  /** The task. */
  readonly taskId: string | null;
  /** The state that the record ends the run with. */
  readonly ended: 'succeeded' | 'failed' | null;
  /** The pattern, in the record that ends the run. */
  readonly pattern: string | null;
  /** Whether it is a denial. */
  readonly isDenial: boolean;
  /** The mark of the agent that acted or was denied. */
  readonly agentMark: string;
  /** The other marks, by which the run is found. */
  readonly marks: readonly string[];
}

/** The kinds of marks by which runs are found. */
export type RunMarkKind = 'task' | 'person' | 'agent' | 'pattern' | 'action' | 'result' | 'outcome';

/** The longest value that is a mark as it is, in bytes: an index of PostgreSQL holds little more than an id besides it. */
const LONGEST_MARK = 200;

/** Returns the string by which runs with a value are found. A long value is found by its hash. */
export const runMark = (kind: RunMarkKind, value: string): string =>
  utf8Length(value) <= LONGEST_MARK ? `${kind}:${value}` : `${kind}#${sha256Hex(value)}`;

/** The value of an `outcome` mark: an action together with the result that it had. */
export const outcomeOf = (action: string, result: string): string => `${result} ${action}`;

const ENDS: Readonly<Record<string, 'succeeded' | 'failed'>> = {
  orchestration_complete: 'succeeded',
  orchestration_failed: 'failed',
};

/**
 * Returns what an entry adds to the list of runs; undefined for a trail that is no run's. The text is not verified, and can be
 * anything.
 */
export function runEntryOf(trailId: string, agentId: string, text: string): RunEntry | undefined {
  if (!isRunTrail(trailId)) return undefined;
  const record = objectIn(text);
  const context = asObject(record.context);
  const at = textOf(record.timestamp);
  const moment = at === null ? Number.NaN : Math.floor(timestampToMillis(at));
  const action = textOf(record.action);
  const result = textOf(record.result);
  const ended = (action !== null && Object.hasOwn(ENDS, action) && ENDS[action]) || null;
  const taskId = textOf(context.task_id);
  const pattern = ended === null ? null : textOf(context.pattern);
  const person = textOf(asObject(context.person).pseudonym);
  const outcome = action === null || result === null ? null : outcomeOf(action, result);
  const values = { task: taskId, person, pattern, action, result, outcome };
  return {
    at: Number.isNaN(moment) ? null : at,
    moment: Number.isNaN(moment) ? 0 : moment,
    taskId,
    ended,
    pattern,
    isDenial: result === 'denied',
    agentMark: runMark('agent', agentId),
    marks: Object.entries(values).flatMap(([kind, value]) =>
      value === null ? [] : [runMark(kind as RunMarkKind, value)],
    ),
  };
}

/** Returns the moment and the marks that a durable run has in the list of runs. */
export function durableRunEntry({
  pattern,
  person,
  submittedAt,
}: StoredRun): Pick<RunEntry, 'moment' | 'marks'> {
  const moment = Math.floor(timestampToMillis(submittedAt));
  return {
    moment: Number.isNaN(moment) ? 0 : moment,
    marks: [runMark('pattern', pattern), ...(person === null ? [] : [runMark('person', person)])],
  };
}

type Members = Readonly<Record<string, unknown>>;

function objectIn(text: string): Members {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

const asObject = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {};

/** A text that a store cannot keep finds nothing. */
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && isStorableText(value) ? value : null;
