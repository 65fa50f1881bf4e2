import { createHook } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { LOCAL_TIME, namesNoZone, TIME_IN_WORDS } from './local-time.js';
import { patternCode } from './pattern-code.js';

/** A use of something that a durable run cannot replay, by the code of a pattern. */
export interface OutsideUse {
  /** The id of the run. */
  readonly runId: string;
  /** The source that it used, for instance `Math.random()`. */
  readonly what: string;
}

type Listener = (use: OutsideUse) => void;
type Functions = Record<string, (...given: never[]) => unknown>;

const builtIn = createRequire(import.meta.url);
const listeners = new Set<Listener>();
let restore: (() => void) | undefined;

/**
 * Watches what the code of patterns takes from outside of its execution: the clock, timers, random numbers, files, the
 * network, other processes, and facts about its own process and machine. Uses by code outside of patterns are not noticed.
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

type Watched = readonly [
  owner: () => object,
  what: string,
  names: readonly string[],
  isNoted?: (given: readonly unknown[]) => boolean,
];

const FUNCTIONS: readonly Watched[] = [
  [() => Date.prototype, 'the time zone of its process: Date.prototype.', LOCAL_TIME],
  [() => Date.prototype, 'the time zone of its process: Date.prototype.', TIME_IN_WORDS, namesNoZone],
  [() => Math, 'Math.', ['random']],
  [() => Object.getPrototypeOf(performance), 'performance.', ['now', 'mark', 'measure']],
  [() => Object.getPrototypeOf(globalThis.crypto), 'crypto.', ['randomUUID', 'getRandomValues']],
  [() => builtIn('node:crypto'), 'crypto.', ['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync']],
  [() => globalThis, '', ['fetch']],
  [
    () => builtIn('node:fs'),
    'fs.',
    [
      'readFileSync',
      'writeFileSync',
      'appendFileSync',
      'existsSync',
      'accessSync',
      'statSync',
      'lstatSync',
      'realpathSync',
      'readdirSync',
      'openSync',
      'mkdirSync',
      'mkdtempSync',
      'rmSync',
      'unlinkSync',
      'renameSync',
      'copyFileSync',
    ],
  ],
  [() => builtIn('node:child_process'), 'child_process.', ['execSync', 'execFileSync', 'spawnSync']],
  [
    () => process,
    'process.',
    [
      'hrtime',
      'uptime',
      'cwd',
      'chdir',
      'memoryUsage',
      'availableMemory',
      'constrainedMemory',
      'cpuUsage',
      'threadCpuUsage',
      'resourceUsage',
      'getActiveResourcesInfo',
      'getuid',
      'getgid',
      'kill',
    ],
  ],
  [() => process.hrtime, 'process.hrtime.', ['bigint']],
  [() => process.memoryUsage, 'process.memoryUsage.', ['rss']],
  [
    () => builtIn('node:os'),
    'os.',
    [
      'hostname',
      'cpus',
      'availableParallelism',
      'freemem',
      'totalmem',
      'loadavg',
      'uptime',
      'userInfo',
      'homedir',
      'tmpdir',
      'networkInterfaces',
      'machine',
      'release',
      'version',
      'getPriority',
    ],
  ],
  [() => builtIn('node:v8'), 'v8.', ['getHeapStatistics', 'getHeapSpaceStatistics']],
];

/** Facts that differ between processes, or between their machines. */
const FACTS = ['pid', 'ppid', 'argv', 'execArgv', 'execPath', 'title'];
/** Libraries read these to decide how much they check and print. */
const USUAL_VARIABLES = /^(NODE_ENV|NODE_DEBUG|DEBUG|NO_COLOR|FORCE_COLOR|CI|TERM)$/;

function watch(): () => void {
  const undo = [
    ...FUNCTIONS.flatMap(([owner, what, names, isNoted]) =>
      names.map((name) => replace(owner(), name, `${what}${name}()`, isNoted)),
    ),
    ...FACTS.map(replaceFact),
    replaceEnvironment(),
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
function replace(owner: object, name: string, what: string, isNoted: Watched[3] = () => true): () => void {
  const functions = owner as Functions;
  const original = functions[name];
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof original !== 'function' || !descriptor?.configurable) return () => undefined;
  const watched = new Proxy(original, {
    apply: (target, self, given) => {
      if (isNoted(given)) note(what);
      return Reflect.apply(target, self, given) as unknown;
    },
  });
  Object.defineProperty(owner, name, { ...descriptor, value: watched });
  return () => {
    Object.defineProperty(owner, name, descriptor);
  };
}

/** A fact about the process that is noted when the code of a pattern reads it. */
function replaceFact(name: string): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  if (!descriptor?.configurable) return () => undefined;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: descriptor.enumerable ?? true,
    get: () => {
      note(`process.${name}`);
      return 'value' in descriptor ? (descriptor.value as unknown) : descriptor.get?.call(process);
    },
    set: (value: unknown) => {
      note(`process.${name}`);
      if ('value' in descriptor) descriptor.value = value;
      else descriptor.set?.call(process, value);
    },
  });
  return () => {
    Object.defineProperty(process, name, descriptor);
  };
}

function replaceEnvironment(): () => void {
  const original = process.env;
  const noted =
    <Rest extends unknown[], Result>(act: (target: object, name: string | symbol, ...rest: Rest) => Result) =>
    (target: object, name: string | symbol, ...rest: Rest): Result => {
      if (typeof name === 'string' && !USUAL_VARIABLES.test(name)) note(`process.env.${name}`);
      return act(target, name, ...rest);
    };
  const watched = new Proxy(original, {
    get: noted((target, name) => Reflect.get(target, name) as string | undefined),
    has: noted((target, name) => Reflect.has(target, name)),
    set: noted((target, name, value: unknown) => Reflect.set(target, name, value)),
    defineProperty: noted((target, name, descriptor: PropertyDescriptor) =>
      Reflect.defineProperty(target, name, descriptor),
    ),
    deleteProperty: noted((target, name) => Reflect.deleteProperty(target, name)),
    ownKeys: (target) => {
      note('process.env');
      return Reflect.ownKeys(target);
    },
  });
  process.env = watched;
  return () => {
    if (process.env === watched) process.env = original;
  };
}

/** A date that is given is no use of the clock. */
function replaceDate(): () => void {
  const original = globalThis.Date;
  const undoNow = replace(original, 'now', 'Date.now()');
  const watched = new Proxy(original, {
    construct: (target, given, newTarget) => {
      if (given.length === 0) note('new Date()');
      if (given.length > 1) note('the time zone of its process: new Date(year, month)');
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
