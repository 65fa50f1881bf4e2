import { describe, InvalidArgumentError } from '../errors/index.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that an id must not hold
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a value can name an agent, a task, a run, a person or an authority in every store and language. */
export function isId(value: unknown, max = 256): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= max &&
    value.isWellFormed() &&
    !CONTROL_CHARACTER.test(value)
  );
}

/** The rule for ids, as a noun phrase for error messages. */
export const idRule = (max = 256): string =>
  `a string of 1 to ${max} characters without control characters or lone surrogates`;

/**
 * Returns an id after checking it. Stores and languages treat control characters and lone surrogates differently, so
 * two such ids could be the same one elsewhere.
 *
 * @param what - names the argument in the error, for instance `taskId`.
 * @throws InvalidArgumentError.
 */
export function expectId(value: unknown, what: string, { max = 256 }: { max?: number } = {}): string {
  if (isId(value, max)) return value;
  throw new InvalidArgumentError(`\`${what}\` is not an id`, {
    expected: idRule(max),
    received: describe(value),
    remedy: 'Correct it.',
  });
}
