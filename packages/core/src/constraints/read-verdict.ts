import { describeThrown } from '../errors/index.js';
import { type ConstraintVerdict, forbidden, PERMITTED } from './constraint-evaluator.js';

/** A reason is signed with the denial; a longer one is cut. */
const MAX_REASON = 1000;

/**
 * Asks an evaluator and reads each part of its answer once, since an answer that changes between two reads could permit
 * what it denied. Anything but a clear yes denies, since an evaluator written without types can return anything.
 */
export function askForVerdict(question: () => unknown): ConstraintVerdict {
  try {
    const answer = question();
    return answer === PERMITTED ? PERMITTED : readVerdict(answer);
  } catch (error) {
    return forbidden(limited(`the evaluator failed: ${messageOf(error)}`));
  }
}

function readVerdict(answer: unknown): ConstraintVerdict {
  if (ignorePromise(answer))
    return forbidden('the evaluator returned a promise; evaluators answer synchronously');
  if (typeof answer !== 'object' || answer === null) return forbidden('the evaluator gave no verdict');
  const { permitted } = answer as { permitted?: unknown };
  if (permitted === true) {
    const { unenforced } = answer as { unenforced?: unknown };
    return unenforced === true ? { permitted, unenforced } : PERMITTED;
  }
  const { reason } = answer as { reason?: unknown };
  if (typeof reason === 'string' && reason) return forbidden(limited(reason));
  return forbidden(permitted === false ? 'the evaluator gave no reason' : 'the evaluator gave no verdict');
}

/** Describes what an evaluator threw; the name of a plain Error says nothing. */
export const messageOf = (thrown: unknown): string => describeThrown(thrown).replace(/^Error: /, '');

const limited = (reason: string): string => reason.slice(0, MAX_REASON);
const ignore = (): void => undefined;

/**
 * Whether a value is a promise or looks like one. A rejection is handled here, so that it does not become an unhandled
 * rejection.
 */
export function ignorePromise(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (!(value instanceof Promise) && typeof (value as { then?: unknown }).then !== 'function') return false;
  try {
    // Uses the built-in `then`, since the value's own could do anything. It throws for a value that is not a promise.
    Promise.prototype.then.call(value as Promise<unknown>, ignore, ignore);
  } catch {
    // Without a promise there is no rejection to handle.
  }
  return true;
}
