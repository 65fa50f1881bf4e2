import { z } from 'zod';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  TIMESTAMP_PATTERN,
  timestampToMillis,
} from '../wire/index.js';

/** The field types that the record codecs share. */
export const text = z.string();
export const optionalText = z.string().nullish();
export const textList = z.array(z.string());
export const timestamp = z
  .string()
  .regex(TIMESTAMP_PATTERN, 'expected a timestamp with an offset, such as 2026-11-22T08:06:29+00:00')
  .refine((text) => !Number.isNaN(timestampToMillis(text)), 'expected a date and time that exist');
export const optionalTimestamp = timestamp.nullish();
export const jsonObject = z.custom<JsonObject>(isJsonObject, 'expected an object');
export const json = z.custom<JsonValue>((value) => value !== undefined, 'expected a value');
