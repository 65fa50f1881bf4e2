import { setImmediate } from 'node:timers/promises';
import { describe, UnsupportedValueError } from '../errors/index.js';
import { captureValue } from './captured-value.js';
import type { ValueLimits } from './limits.js';

/** A generator object, sync or async, or an object that works like one. */
export type GeneratorLike = Generator | AsyncGenerator;

const MAX_MILLISECONDS_WITHOUT_PAUSE = 10;

/**
 * Whether a value is a generator object: one that has `next` and is its own kind of iterable. A stream is not one,
 * even if it can be iterated.
 */
export function isGenerator(value: unknown): value is GeneratorLike {
  if (typeof value !== 'object' || value === null) return false;
  const { next, getReader, pipe } = value as Record<string, unknown>;
  if (typeof next !== 'function' || typeof getReader === 'function' || typeof pipe === 'function')
    return false;
  const { [Symbol.iterator]: iterator, [Symbol.asyncIterator]: asyncIterator } = value as Record<
    symbol,
    unknown
  >;
  return typeof iterator === 'function' || typeof asyncIterator === 'function';
}

/** How a generator is driven. */
export interface DriveOptions {
  /** Names what is yielded, in errors. Default `progress`. */
  readonly what?: string;
  /** The greatest size of each value that is yielded. */
  readonly limits?: ValueLimits;
}

/**
 * Runs a generator to its end. Returns its return value or, if that is undefined, a copy of its last yield.
 *
 * @param onProgress - receives a frozen copy of each value when it is yielded. The generator continues when a promise
 * that this returns has settled.
 * @param signal - stops the generator by its `return()`; the promise then rejects with the signal's reason.
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE` if it yields what no record can describe. The generator is then
 * stopped, too.
 */
export async function driveGenerator(
  generator: GeneratorLike,
  onProgress: (progress: unknown) => void | Promise<void>,
  signal?: AbortSignal,
  { what = 'progress', limits }: DriveOptions = {},
): Promise<unknown> {
  const next = generator.next as () => unknown;
  const abort = watch(signal);
  let last: { readonly value: unknown } | undefined;
  let lastPause = performance.now();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = resultOf(await abort.orSettled(next.call(generator)), what);
      signal?.throwIfAborted();
      if (done) {
        abort.stop();
        return value === undefined ? last?.value : value;
      }
      const captured = captureValue(value, what, limits);
      last = captured;
      await abort.orSettled(onProgress(captured.frozen()));
      // A generator that never waits would hold the event loop, and with it the timer or message that stops it.
      if (performance.now() - lastPause < MAX_MILLISECONDS_WITHOUT_PAUSE) continue;
      await setImmediate();
      lastPause = performance.now();
    }
  } catch (error) {
    abort.stop();
    close(generator);
    throw error;
  }
}

/** Reads `done` and `value` once each. */
function resultOf(result: unknown, what: string): { readonly done: boolean; readonly value: unknown } {
  if (typeof result !== 'object' || result === null)
    throw new UnsupportedValueError(what, {
      expected: 'a generator whose next() returns an object',
      received: describe(result),
      remedy: 'Use function* or async function*.',
    });
  const { done, value } = result as { done?: unknown; value?: unknown };
  return { done: Boolean(done), value };
}

/** Lets its `finally` blocks run. A generator in the middle of a step runs them after that step, and is not awaited. */
function close(generator: GeneratorLike): void {
  try {
    const closed: unknown = generator.return?.(undefined);
    Promise.resolve(closed).catch(() => undefined);
  } catch {
    // The caller already throws the error that led here.
  }
}

interface AbortWatch {
  /** Waits for a step, or for the abort if that comes first. */
  readonly orSettled: <T>(step: T) => Promise<Awaited<T>>;
  readonly stop: () => void;
}

/** One listener for all steps: a `Promise.race` for each would hold memory for every step until the last. */
function watch(signal: AbortSignal | undefined): AbortWatch {
  let abort: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => abort?.(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    orSettled: <T>(step: T) =>
      new Promise<Awaited<T>>((resolve, reject) => {
        abort = reject;
        Promise.resolve(step).then(resolve, reject);
      }),
    stop: () => signal?.removeEventListener('abort', onAbort),
  };
}
