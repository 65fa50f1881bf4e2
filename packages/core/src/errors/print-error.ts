import { clip } from './describe.js';
import { describeRun, type FailedRun } from './failed-run.js';

const MAX_DEPTH = 3;
const MAX_ITEMS = 10;
const MAX_STRING = 200;
const MAX_CAUSE_LINES = 20;

/** The parts of an error that are printed. */
export interface PrintedError {
  /** The name of the error class. */
  readonly name: string;
  /** The code of the error. */
  readonly code: string;
  /** The stack trace; undefined if it is hidden. */
  readonly stack?: string | undefined;
  /** The facts that the error carries. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** The records of the run that failed. */
  readonly run?: FailedRun | undefined;
}

type Inspect = (value: unknown, options: object) => string;

/** Prints an error for `console.log`: all of its text, but only the beginning of its facts and of its cause. */
export function printError(error: PrintedError, depth: number, options: object, inspect: Inspect): string {
  if (depth < 0) return `[${error.name}: ${error.code}]`;
  const facts = [`code: '${error.code}'`];
  if (Object.keys(error.evidence).length > 0)
    facts.push(`evidence: ${inspect(boundedCopy(error.evidence), { ...options, depth: MAX_DEPTH + 1 })}`);
  if (error.run) facts.push(`run: ${describeRun(error.run)}`);
  if (error.cause !== undefined) facts.push(`[cause]: ${printCause(error.cause, options, inspect)}`);
  return `${error.stack ?? error.name} {\n${facts.map((fact) => `  ${fact.replaceAll('\n', '\n  ')}`).join(',\n')}\n}`;
}

function printCause(cause: unknown, options: object, inspect: Inspect): string {
  const lines = inspect(cause, { ...options, depth: 1, maxArrayLength: MAX_ITEMS }).split('\n');
  const shown = lines.slice(0, MAX_CAUSE_LINES).map((line) => clip(line, MAX_STRING));
  return lines.length > shown.length
    ? `${shown.join('\n')}\n… and ${lines.length - shown.length} more lines`
    : shown.join('\n');
}

/** Returns a copy of facts that is never large and that JSON can write: the beginning of each list and of each string. */
export function boundedCopy(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return clip(value, MAX_STRING);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  try {
    if (value instanceof Error) return clip(`${value.name}: ${value.message}`, MAX_STRING);
    if (Array.isArray(value)) return boundedList(value, depth);
    return depth < MAX_DEPTH ? boundedObject(value, depth) : '[object]';
  } catch {
    return '[unreadable]';
  }
}

function boundedList(list: readonly unknown[], depth: number): unknown {
  if (depth >= MAX_DEPTH) return `[${list.length} items]`;
  const shown = list.slice(0, MAX_ITEMS).map((item) => boundedCopy(item, depth + 1));
  return list.length > shown.length ? [...shown, `… and ${list.length - shown.length} more`] : shown;
}

function boundedObject(value: object, depth: number): unknown {
  const entries = Object.entries(value);
  const shown = entries.slice(0, MAX_ITEMS).map(([name, fact]) => [name, boundedCopy(fact, depth + 1)]);
  if (entries.length > shown.length) shown.push(['…', `${entries.length - shown.length} more`]);
  return Object.fromEntries(shown);
}
