import { describe, InvalidArgumentError } from '../errors/index.js';

/** The longest id, in UTF-16 units, unless a caller of `expectId` says otherwise. */
export const MAX_ID_LENGTH = 256;

const CONTROL = /\p{Cc}/u;

/**
 * Whether every store and both languages keep a value as it is and can tell it from all others: a string of 1 to
 * `max` characters, in well-formed Unicode and without control characters.
 */
export function isWellFormedId(value: unknown, max = MAX_ID_LENGTH): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= max &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  );
}

/**
 * Returns the id that a caller passed.
 *
 * @param what - the argument's name, for the error.
 * @throws InvalidArgumentError naming the argument and the rule that the value breaks.
 */
export function expectId(value: unknown, what: string, { max = MAX_ID_LENGTH } = {}): string {
  if (isWellFormedId(value, max)) return value;
  throw new InvalidArgumentError(`\`${what}\` must be a string of 1 to ${max} characters`, {
    expected: 'well-formed Unicode without control characters',
    received: brokenRule(value),
    remedy: 'Use letters, digits, dashes and the like: stores would change or refuse anything else.',
  });
}

function brokenRule(value: unknown): string {
  // An object is not read, since it could throw.
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'string') return describe(value);
  if (value.length === 0) return 'an empty string';
  if (!value.isWellFormed()) return `a lone surrogate in ${describe(value)}`;
  const control = CONTROL.exec(value);
  if (control) return `a control character at position ${control.index} of ${describe(value)}`;
  return `${value.length} characters: ${describe(value)}`;
}
