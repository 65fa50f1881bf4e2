import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { z } from 'zod';

/** What models and remote agents mean by it, in the forms in which they write it. */

const YES = new Set(['yes', 'true', 'y', '1']);
const NO = new Set(['no', 'false', 'n', '0']);

const word = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value);

/** True and false, or yes and no in any case. */
export const yesNo = z.preprocess((value) => {
  const said = word(value);
  if (typeof said !== 'string') return said;
  if (YES.has(said)) return true;
  return NO.has(said) ? false : said;
}, z.boolean());

/** One of these words, in any case. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.preprocess(word, z.enum(words));

/** A number, or a text that is one; absent when null or an empty text. */
export const numeric = z.preprocess((value) => {
  if (value === null || value === '') return undefined;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}, z.number().optional());

/** A text; absent when null. What is not a text becomes JSON. */
export const text = z.preprocess(
  (value) => (value === null || value === undefined ? undefined : asText(value)),
  z.string().optional(),
);

/** A list, or a text that is a JSON list. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.preprocess(parsedJson, z.array(item));

/** An object with these fields, in camelCase or in Kaizen's snake_case, or a text that is such an object in JSON. */
export const fieldsOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.preprocess(camelKeys, z.object(shape));

/**
 * For Kaizen's text fields: a text as it is, anything else as JSON.
 *
 * @throws InvalidArgumentError for what JSON has no form for.
 */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? '';
  } catch (cause) {
    throw new InvalidArgumentError('This cannot be given to an agent as a text', {
      expected: 'a text, or what JSON has a form for',
      received: `${describe(value)} (${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)})`,
      remedy: 'Pass plain data, or give the agent the method of its role, which gets it as it is.',
      cause,
    });
  }
}

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
