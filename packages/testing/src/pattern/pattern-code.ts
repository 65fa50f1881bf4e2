import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { becomes } from '../conformance/within.js';

const storage = new AsyncLocalStorage<string>();

/** Marks what runs as code of a pattern, with the id of the run, and what does not. */
export const patternCode = {
  /** Runs a function as code of the pattern. */
  run: <T>(runId: string, code: () => T): T => storage.run(runId, code),
  /** Returns the id of the run whose pattern this is the code of; undefined: it is not the code of a pattern. */
  current: (): string | undefined => storage.getStore(),
  /** Runs a function as code of others. */
  exit: <T>(code: () => T): T => storage.exit(code),
};

/** An error in the code of a pattern that no caller receives. */
export interface StrayError {
  /** The id of the run. */
  readonly runId: string;
  /** A description, for instance `a rejection that nothing handles (out of paper)`. */
  readonly what: string;
}

interface Handle {
  readonly runId: string;
  readonly type: string;
  readonly resource: { hasRef?(): boolean; readonly _repeat?: number | null; readonly _idleTimeout?: number };
}

/** The longest timer whose end is awaited, and the longest time to wait for it, in milliseconds. */
const SHORT = 100;
const LONGEST_WAIT = 500;

/** The types of handles that stay until they are closed. Others, such as a read from a file, end by themselves. */
const LASTING = /^(Timeout|Immediate|MESSAGEPORT|WORKER|STATWATCHER|\w+WRAP)$/;

/**
 * Watches the process for what the code of patterns starts: timers, sockets, files, processes; and for errors in it that no
 * caller receives. Between `start` and `stop` such errors neither end the process nor reach other listeners.
 */
export class LeftoverWatch {
  readonly #handles = new Map<number, Handle>();
  readonly #errors: StrayError[] = [];
  readonly #restore: (() => void)[] = [];
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      const runId = storage.getStore();
      if (runId !== undefined && LASTING.test(type)) this.#handles.set(id, { runId, type, resource });
    },
    destroy: (id) => {
      this.#handles.delete(id);
    },
  });

  /** Starts to watch. */
  start(): this {
    this.#hook.enable();
    this.#intercept('unhandledRejection', 'a rejection that nothing handles');
    this.#intercept('uncaughtException', 'an error thrown to no caller');
    return this;
  }

  /**
   * Stops watching as soon as all short timers of pattern code have fired: what they throw would otherwise reach the
   * process of the tests.
   */
  async stop(): Promise<void> {
    await becomes(() => ![...this.#handles.values()].some(firesSoon), LONGEST_WAIT);
    this.#hook.disable();
    for (const restore of this.#restore.splice(0)) restore();
  }

  /** The errors so far. */
  get errors(): readonly StrayError[] {
    return this.#errors;
  }

  /** Describes the handles that the code of a run left active: timers that keep the process alive or repeat, and others. */
  async leftBy(runId: string): Promise<readonly string[]> {
    // The end of a handle is reported in a later turn of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    const active = [...this.#handles.values()].filter((handle) => handle.runId === runId && isActive(handle));
    return active.map(({ type }) => nameOf(type));
  }

  /** Receives the errors of pattern code, and passes all others on to the listeners that were there. */
  #intercept(event: 'unhandledRejection' | 'uncaughtException', what: string): void {
    const others = process.listeners(event as 'uncaughtException');
    const listener = (error: unknown, ...more: unknown[]): void => {
      const runId = storage.getStore();
      if (runId !== undefined) {
        this.#errors.push({
          runId,
          what: `${what} (${error instanceof Error ? error.message : String(error)})`,
        });
        return;
      }
      if (others.length === 0) throw error;
      for (const other of others) (other as (...args: unknown[]) => void)(error, ...more);
    };
    process.removeAllListeners(event);
    process.on(event, listener as never);
    this.#restore.push(() => {
      process.removeListener(event, listener as never);
      for (const other of others) process.on(event, other as never);
    });
  }
}

/** A timer that neither repeats nor keeps the process alive, such as that of `AbortSignal.timeout()`, does no harm. */
const isActive = ({ type, resource }: Handle): boolean =>
  type !== 'Timeout' || typeof resource._repeat === 'number' || resource.hasRef?.() !== false;

/** A longer timer is reported as one that was left, and is not waited for. */
const firesSoon = ({ type, resource: { _repeat, _idleTimeout = 0 } }: Handle): boolean =>
  type === 'Immediate' ||
  (type === 'Timeout' && typeof _repeat !== 'number' && _idleTimeout > 0 && _idleTimeout <= SHORT);

const nameOf = (type: string): string =>
  type === 'Timeout' ? 'a timer' : type === 'Immediate' ? 'an immediate' : `a handle of type ${type}`;
