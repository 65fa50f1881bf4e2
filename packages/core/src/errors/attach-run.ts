import { describeRun, type FailedRun, INSPECT } from './failed-run.js';

/**
 * Returns the error with the run that failed as its `run`. `run` is not printed with the error, and prints itself
 * in one line.
 *
 * @returns the error itself; or, if it cannot be changed, an object that has it as its prototype and is equal to it in
 * everything else.
 */
export function attachRun<Thrown extends object>(
  error: Thrown,
  run: FailedRun,
): Thrown & { readonly run: FailedRun } {
  const property = { value: printable(run), configurable: true, writable: true, enumerable: false };
  return (setRun(error, property) ? error : Object.create(error, { run: property })) as Thrown & {
    readonly run: FailedRun;
  };
}

/** An error can be frozen, or a proxy of another party that throws. */
function setRun(error: object, property: PropertyDescriptor): boolean {
  try {
    return Reflect.defineProperty(error, 'run', property);
  } catch {
    return false;
  }
}

function printable(run: FailedRun): FailedRun {
  const copy = { ...run };
  return Object.freeze(Object.defineProperty(copy, INSPECT, { value: () => describeRun(copy) }));
}
