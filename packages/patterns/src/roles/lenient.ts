import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { z } from 'zod';

// Models and remote agents write the same value in several forms. These schemas read all of them.

const YES = new Set(['yes', 'true', 'y', '1']);
const NO = new Set(['no', 'false', 'n', '0']);

const word = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value);

/** Reads true and false, and yes and no in lower or upper case. */
export const yesNo = z.preprocess((value) => {
  const said = word(value);
  if (typeof said !== 'string') return said;
  if (YES.has(said)) return true;
  return NO.has(said) ? false : said;
}, z.boolean());

/** Reads one of these words, in lower or upper case. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.preprocess(word, z.enum(words));

/** Reads a number, also from a string. Null and the empty string count as absent. */
export const numeric = z.preprocess((value) => {
  if (value === null || value === '') return undefined;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}, z.number().optional());

/** Reads a string. Null counts as absent; any other value becomes JSON. */
export const text = z.preprocess(
  (value) => (value === null || value === undefined ? undefined : asText(value)),
  z.string().optional(),
);

/** Reads a list, also from JSON. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.preprocess(parsedJson, z.array(item));

/** Reads an object with these fields, in camelCase or in Kaizen's snake_case, also from JSON. */
export const fieldsOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.preprocess(camelKeys, z.object(shape));

/**
 * Returns a value for a string field of Kaizen: a string unchanged, any other value as JSON.
 *
 * @throws InvalidArgumentError for a value that JSON cannot represent.
 */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? '';
  } catch (cause) {
    throw new InvalidArgumentError('The value cannot be passed to an agent as a string', {
      expected: 'a string, or a value that JSON can represent',
      received: `${describe(value)} (${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)})`,
      remedy: 'Pass plain data, or give the agent the method of its role, which receives the value itself.',
      cause,
    });
  }
}

/** Whether a value is an object without a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function camelKeys(value: unknown): unknown {
  const object = parsedJson(value);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
  const entries = Object.entries(object).map(([key, item]) => [camel(key), item]);
  return Object.fromEntries(entries);
}

const camel = (key: string): string =>
  key.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
