import * as z from 'zod';
import { deepFreeze } from './deep-freeze.js';
import { isWellFormedId } from './ids.js';
import { millisOf } from './read-once.js';
import { formatTimestamp, TIMESTAMP_PATTERN, type Timestamp, timestampToMillis } from './timestamp.js';
import { toFrozenObject, toJsonObject, toJsonValue } from './to-json-value.js';

/** The field types that the schemas of options share. Messages are noun phrases that read after "expected". */

/** An id of an agent, a task, a run, a person or an authority. */
export const idField = z.custom<string>(
  (value) => isWellFormedId(value),
  'a string of 1 to 256 characters without control characters or lone surrogates',
);

/** Text of any length, without lone surrogates, which not every store and language keeps. */
export const textField = z.custom<string>(
  (value) => typeof value === 'string' && value.isWellFormed(),
  'a string without lone surrogates',
);

/** A Date, or a timestamp with its offset. The result is the timestamp. */
export const momentField = z
  .custom<Date | Timestamp>(
    (value) => momentOf(value) !== undefined,
    'a Date, or a timestamp such as 2030-01-02T03:04:05+00:00',
  )
  .transform((value) => momentOf(value) as Timestamp);

function momentOf(value: unknown): Timestamp | undefined {
  const millis = typeof value === 'object' ? millisOf(value) : undefined;
  const text = millis === undefined || Number.isNaN(millis) ? value : formatTimestamp(new Date(millis));
  // The reference writes +00:00 and never Z.
  const isMoment = typeof text === 'string' && TIMESTAMP_PATTERN.test(text) && !text.endsWith('Z');
  return isMoment && !Number.isNaN(timestampToMillis(text)) ? text : undefined;
}

/** A user's object, copied as JSON. @param name - the path of its parts in errors. */
export const jsonObjectField = (name: string) =>
  z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'a plain object')
    .transform((value) => deepFreeze(toJsonObject(value, name)));

/** A user's object, copied for code that only reads it. @param name - the path of its parts in errors. */
export const frozenObjectField = (name: string) =>
  z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'a plain object')
    .transform((value) => toFrozenObject(value, name));

/** A user's JSON value, copied. @param name - the path of its parts in errors. */
export const jsonField = (name: string) =>
  z
    .custom<unknown>((value) => value !== undefined, 'a JSON value')
    .transform((value) => deepFreeze(toJsonValue(value, name)));

/** A function, passed on as it is. */
export const functionField = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === 'function', 'a function');

/** An object with methods, passed on as it is. @param expected - a noun phrase. */
export const handleField = <T>(expected: string, ...methods: string[]) =>
  z.custom<T>((value) => {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    return (
      isObject && methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
    );
  }, expected);
