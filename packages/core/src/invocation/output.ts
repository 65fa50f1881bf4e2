import {
  type CapturedValue,
  captureValue,
  driveGenerator,
  isGenerator,
  type ValueLimits,
} from '../values/index.js';

/** Options for turning an agent's result into a value. */
export interface OutputOptions {
  /** The name of the output, for errors. */
  readonly what: string;
  /** The size limits of the output. */
  readonly limits: ValueLimits | undefined;
  /** Aborts a stream. */
  readonly signal: () => AbortSignal;
  /** Reports what a stream yields. */
  report(progress: unknown): void;
}

/**
 * Reads an agent's result, once: awaits it, drives it to its end if it is a stream, and copies it.
 *
 * @throws UnsupportedValueError for a value that no record can describe.
 */
export function outputOf(result: unknown, options: OutputOptions): CapturedValue | Promise<CapturedValue> {
  if (isThenable(result)) return Promise.resolve(result).then((settled) => settledOutput(settled, options));
  return settledOutput(result, options);
}

function settledOutput(
  result: unknown,
  { what, limits, signal, report }: OutputOptions,
): CapturedValue | Promise<CapturedValue> {
  if (!isGenerator(result)) return captureValue(result, what, limits);
  return driveGenerator(result, report, signal(), limits && { limits }).then((last) =>
    captureValue(last, what, limits),
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  );
}
