import { describe, InvalidArgumentError } from '../errors/index.js';

/**
 * Returns a callback after checking that it is a function.
 *
 * @param what - names the argument in the error.
 * @throws InvalidArgumentError.
 */
export function expectFunction<T>(value: T, what: string): T {
  if (typeof value === 'function') return value;
  throw new InvalidArgumentError(`\`${what}\` is invalid`, {
    expected: 'a function',
    received: describe(value),
    remedy: 'Pass a function.',
  });
}
