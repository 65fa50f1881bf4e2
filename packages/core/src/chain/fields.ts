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
  .regex(TIMESTAMP_PATTERN, 'expected a timestamp with its offset')
  .refine((text) => !Number.isNaN(timestampToMillis(text)), 'expected a moment that there is');
export const optionalTimestamp = timestamp.nullish();
export const jsonObject = z.custom<JsonObject>(isJsonObject, 'expected an object');
export const json = z.custom<JsonValue>((value) => value !== undefined, 'expected a value');
