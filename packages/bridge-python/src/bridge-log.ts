import { redactText } from '@kaizen-eatp/core/plugin';
import { type BridgeEvent, type BridgeEvents, EVENT_TYPES } from './bridge-events.js';
import { callListener } from './call-listener.js';
import type { WorkerInfo } from './worker-info.js';

/** How important a line of the log is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The options of a bridge's log. */
export interface BridgeLogOptions {
  /** The lowest level that is written. Default: `info`. */
  readonly level?: LogLevel;
  /** `text`: time, level, event and its facts; `json`: one object a line, with the same. Default: `text`. */
  readonly format?: 'text' | 'json';
  /** Receives each line, without its end. Default: it is written to standard error. */
  readonly write?: (line: string) => void;
}

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const LEVEL_OF: Readonly<Record<BridgeEvent['type'], LogLevel>> = {
  joined: 'debug',
  left: 'debug',
  workerJoined: 'info',
  workerDraining: 'info',
  workerLeft: 'info',
  interrupted: 'warn',
  resumed: 'info',
  refused: 'warn',
  violation: 'warn',
  warning: 'warn',
};

type Facts = Readonly<Record<string, unknown>>;

/** Writes a line for each event of a bridge. */
export function writeLog(
  events: BridgeEvents,
  { level = 'info', format = 'text', write = toStandardError }: BridgeLogOptions,
): void {
  const least = LOG_LEVELS.indexOf(level);
  const line = format === 'json' ? jsonLine : textLine;
  for (const type of EVENT_TYPES) {
    if (LOG_LEVELS.indexOf(LEVEL_OF[type]) < least) continue;
    events.on(type, (event) => callListener(write, line(LEVEL_OF[type], type, factsOf(event))));
  }
}

/** The members of an event; of a worker those that do not change with each call. */
function factsOf({ type: _, ...event }: BridgeEvent): Facts {
  if (!('worker' in event)) return event;
  const { worker, ...others } = event;
  const { id, agents, address, verify, versions, pid, inProgress }: WorkerInfo = worker;
  return { session: id, agents, address, pid, verify, versions, inProgress, ...others };
}

const jsonLine = (level: LogLevel, event: string, facts: Facts): string =>
  JSON.stringify({ time: new Date().toISOString(), level, event, ...redacted(facts) });

const textLine = (level: LogLevel, event: string, facts: Facts): string => {
  const parts = Object.entries(redacted(facts)).flatMap(([name, fact]) =>
    fact === undefined ? [] : `${name}=${plain(fact)}`,
  );
  return [new Date().toISOString(), level, event, ...parts].join(' ');
};

/** A worker chooses some of these strings. Quoted, none of them can begin a new line or look like another fact. */
const plain = (fact: unknown): string =>
  typeof fact === 'string' && /^[\w.:/+-]+$/.test(fact) ? fact : JSON.stringify(fact);

const redacted = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? redactText(fact) : fact]),
  );

const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`);
