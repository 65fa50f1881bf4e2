import { describe, InvalidArgumentError } from '../errors/index.js';

/** The source of the time. Tests and the checker of golden files use their own. */
export interface Clock {
  /** The moment, in milliseconds since the epoch. */
  now(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });

/**
 * Reads a clock.
 *
 * @throws InvalidArgumentError if it throws, or answers with anything but a finite number. A promise that it returns by
 * mistake is not left to reject.
 */
export function timeOf(clock: Clock): number {
  let now: unknown;
  try {
    now = clock.now();
  } catch (cause) {
    throw unusable('an error; see `cause`', cause);
  }
  if (Number.isFinite(now)) return now as number;
  void ignore(now);
  throw unusable(describe(now));
}

const unusable = (received: string, cause?: unknown): InvalidArgumentError =>
  new InvalidArgumentError('The clock does not say the time', {
    expected: 'milliseconds since the epoch, as a finite number and not as a promise',
    received,
    remedy: 'Repair the method `now` of `clock`, or omit `clock` to use that of the machine.',
    ...(cause !== undefined && { cause }),
  });

async function ignore(answer: unknown): Promise<void> {
  try {
    await answer;
  } catch {
    // The error that is thrown says that a promise came.
  }
}
