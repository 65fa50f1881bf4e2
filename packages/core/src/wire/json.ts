import { describe, MalformedRecordError } from '../errors/index.js';
import { rememberKeyOrder, writeInOrder } from './key-order.js';

/** A number kept as the text it was written with, since a JavaScript number would lose `1.0` or 2^63. */
export interface JsonNumberLiteral {
  /** The digits of the number, as they came. */
  readonly rawJSON: string;
}
/** A JSON value without members: a string, a number, a boolean or null. */
export type JsonScalar = string | number | boolean | null | JsonNumberLiteral;
/** Any JSON value. */
export type JsonValue = JsonScalar | JsonObject | readonly JsonValue[];
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

interface RawJson {
  rawJSON(text: string): JsonNumberLiteral;
  isRawJSON(value: unknown): value is JsonNumberLiteral;
}
const raw = JSON as unknown as RawJson;

/** Wraps a number's own text. `JSON.stringify` writes it back as it is. */
export const numberLiteral = (text: string): JsonNumberLiteral => raw.rawJSON(text);
/** Whether a value is a number that keeps the digits in which it came. */
export const isNumberLiteral = (value: unknown): value is JsonNumberLiteral => raw.isRawJSON(value);

// Matches number tokens that a JavaScript number may not hold exactly, at places where a value can be. It can match
// needlessly.
const PRECIOUS_NUMBER = /(?:"\s*:|[[,]|^)\s*(?:-?\d+[.eE]|-?\d{16}|-0)/;

/**
 * Parses JSON so that every number can be written again as it was read.
 *
 * @param what - names the text in the error, for instance `chain of agent-x`.
 * @throws MalformedRecordError `MALFORMED_JSON` if it is not JSON.
 */
export function parseJson(text: string, what = 'text'): JsonValue {
  if (typeof text !== 'string') {
    throw new MalformedRecordError('MALFORMED_JSON', `The ${what} is not valid JSON`, {
      expected: 'a string of JSON',
      received: describe(text),
      remedy: 'Pass the string as it was stored.',
    });
  }
  try {
    const value = PRECIOUS_NUMBER.test(text)
      ? JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown)
      : JSON.parse(text);
    rememberKeyOrder(value, text);
    return value as JsonValue;
  } catch (cause) {
    throw new MalformedRecordError('MALFORMED_JSON', `The ${what} is not valid JSON`, {
      received: (cause as Error).message,
      remedy: 'Check that nothing was cut off and that the string was not edited.',
      cause,
    });
  }
}

function keepNumbers(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  const isPlain =
    String(value) === context.source && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return isPlain ? value : raw.rawJSON(context.source);
}

/** Writes JSON text; number literals come out as they came in, and keys in the order in which they were read. */
export const writeJson = (value: JsonValue): string => writeInOrder(value);

/** Whether a value is a JSON object: neither an array, nor null, nor a number literal. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumberLiteral(value);

/** Returns a member of a JSON object; `undefined` if the value is not an object or has no such member. */
export const jsonMember = (value: unknown, name: string): JsonValue | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
