import * as z from 'zod';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  TIMESTAMP_PATTERN,
  timestampToMillis,
} from '../wire/index.js';

/** A required string. */
export const text = z.string();
/** A string that can be absent or null. */
export const optionalText = z.string().nullish();
/** A required list of strings. */
export const textList = z.array(z.string());
/** A required timestamp in the form that the reference writes. */
export const timestamp = z
  .string()
  .regex(TIMESTAMP_PATTERN, 'expected a timestamp with an offset, such as 2026-11-22T08:06:29+00:00')
  .refine((text) => !Number.isNaN(timestampToMillis(text)), 'expected a date and time that exist');
/** A timestamp that can be absent or null. */
export const optionalTimestamp = timestamp.nullish();
/** A required free-form field: the reference signs any JSON value here, whatever type it declares. */
export const json = z.custom<JsonValue>((value) => value !== undefined, 'expected a value');
/** A free-form field that can be absent. Absent and null are different values: the reference signs null as null. */
export const optionalJson = z.custom<JsonValue | undefined>(() => true);
/** A free-form field that is declared as an object: it usually holds one, and any JSON value is accepted. */
export const freeFormObject = z.custom<JsonObject | null | undefined>(() => true);

/**
 * Whether Python's `len()` accepts a JSON value. The reference cannot read a reasoning trace that has any other value
 * here.
 */
export const hasLength = (value: unknown): boolean =>
  typeof value === 'string' || Array.isArray(value) || isJsonObject(value);

/** A required free-form field on which the reference calls `len()`: a string, a list or an object. */
export const measured = z.custom<JsonValue>(hasLength, 'expected a string, an array or an object');
/** The same field, which can be absent or null. */
export const optionalMeasured = z.custom<JsonValue | undefined>(
  (value) => value === undefined || value === null || hasLength(value),
  'expected a string, an array or an object',
);
/** The same field, where `len()` must also accept each item of a list. */
export const optionalMeasuredList = z.custom<JsonValue | undefined>(
  (value) =>
    value === undefined ||
    value === null ||
    (hasLength(value) && (!Array.isArray(value) || value.every(hasLength))),
  'expected an array of strings',
);
