import { createHook } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { patternCode } from './pattern-code.js';

/** A use of something that a durable run cannot replay, by the code of a pattern. */
export interface OutsideUse {
  /** The id of the run. */
  readonly runId: string;
  /** What it used, for instance `Math.random()`. */
  readonly what: string;
}

type Listener = (use: OutsideUse) => void;
type Functions = Record<string, (...given: never[]) => unknown>;

const builtIn = createRequire(import.meta.url);
const listeners = new Set<Listener>();
let restore: (() => void) | undefined;

/**
 * Watches what the code of patterns takes from outside of its execution: the clock, timers, random numbers, files, the
 * network and other processes. What code outside of patterns takes is not noticed.
 *
 * @returns the function that ends it.
 */
export function watchOutsideSources(listener: Listener): () => void {
  listeners.add(listener);
  restore ??= watch();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    restore?.();
    restore = undefined;
  };
}

function note(what: string): void {
  const runId = patternCode.current();
  if (runId !== undefined) for (const listener of listeners) listener({ runId, what });
}

const FUNCTIONS: readonly (readonly [owner: () => object, what: string, names: readonly string[]])[] = [
  [() => Math, 'Math.', ['random']],
  [() => performance, 'performance.', ['now']],
  [() => Object.getPrototypeOf(globalThis.crypto), 'crypto.', ['randomUUID', 'getRandomValues']],
  [() => builtIn('node:crypto'), 'crypto.', ['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync']],
  [() => globalThis, '', ['fetch']],
  [
    () => builtIn('node:fs'),
    'fs.',
    ['readFileSync', 'writeFileSync', 'appendFileSync', 'existsSync', 'statSync', 'readdirSync', 'openSync'],
  ],
  [() => builtIn('node:child_process'), 'child_process.', ['execSync', 'execFileSync', 'spawnSync']],
  [() => process, 'process.', ['hrtime', 'uptime']],
];

function watch(): () => void {
  const undo = [
    ...FUNCTIONS.flatMap(([owner, what, names]) =>
      names.map((name) => replace(owner(), name, `${what}${name}()`)),
    ),
    replaceDate(),
  ];
  syncBuiltinESMExports();
  const hook = createHook({ init: (_id, type) => noteHandle(type) }).enable();
  return () => {
    hook.disable();
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}

/** A function that is noted when the code of a pattern calls it. */
function replace(owner: object, name: string, what: string): () => void {
  const functions = owner as Functions;
  const original = functions[name];
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof original !== 'function' || !descriptor?.configurable) return () => undefined;
  const watched = new Proxy(original, {
    apply: (target, self, given) => {
      note(what);
      return Reflect.apply(target, self, given) as unknown;
    },
  });
  Object.defineProperty(owner, name, { ...descriptor, value: watched });
  return () => {
    Object.defineProperty(owner, name, descriptor);
  };
}

/** A date that is given is no use of the clock. */
function replaceDate(): () => void {
  const original = globalThis.Date;
  const undoNow = replace(original, 'now', 'Date.now()');
  const watched = new Proxy(original, {
    construct: (target, given, newTarget) => {
      if (given.length === 0) note('new Date()');
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply: (target, self, given) => {
      note('Date()');
      return Reflect.apply(target, self, given) as string;
    },
  });
  globalThis.Date = watched;
  return () => {
    undoNow();
    if (globalThis.Date === watched) globalThis.Date = original;
  };
}

const TIMERS = ['Timeout', 'Immediate'];
/** The work that Node.js does for files, the network, processes, and random numbers from the system. */
const WORK =
  /^(FS(REQCALLBACK|REQPROMISE|EVENTWRAP)|FILEHANDLE|STATWATCHER|(TCP|PIPE)(CONNECT)?WRAP|UDP(SEND)?WRAP|GETADDRINFOREQWRAP|QUERYWRAP|PROCESSWRAP|WORKER|RANDOMBYTESREQUEST)$/;

function noteHandle(type: string): void {
  const isTimer = TIMERS.includes(type);
  if (patternCode.current() === undefined || !(isTimer || WORK.test(type))) return;
  // That a module is loaded when it is needed is no work of the pattern.
  if (!isTimer && new Error().stack?.includes('node:internal/modules')) return;
  note(isTimer ? 'a timer' : `input or output of its own (${type})`);
}
