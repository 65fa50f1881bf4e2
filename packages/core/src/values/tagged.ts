/**
 * The JSON form of values that JSON cannot hold. A value of JSON stands for itself. Any other value is an object whose
 * one property `$eatp` holds an array with the kind of the value and the parts from which it is restored.
 *
 * | value | form |
 * | --- | --- |
 * | `undefined`, or a hole | `["undefined"]` |
 * | `NaN`, `Infinity`, `-Infinity` | `["number", "NaN"]`, `["number", "Infinity"]`, `["number", "-Infinity"]` |
 * | bigint | `["bigint", "12"]` |
 * | Date | `["date", "2026-11-22T08:06:29.416Z"]` |
 * | URL | `["url", "https://example.com/"]` |
 * | Error | `["error", name, message]` |
 * | typed array, Buffer (as Uint8Array) | `["bytes", "Uint8Array", base64]`, the bytes as they are in memory |
 * | ArrayBuffer | `["bytes", "ArrayBuffer", base64]` |
 * | Map | `["map", [[key, value], [key, value], …]]`, in the map's order |
 * | Set | `["set", [item, item, …]]`, in the set's order |
 * | instance of a value class | `["class", name, text]` |
 * | opaque value | `["opaque"]` |
 *
 * A property of a user's object that is named `$eatp`, `$$eatp` and so on gets one more dollar sign, so that no object
 * of a user looks like a tag.
 *
 * The canonical form writes numbers as Python does. The encoded form, which is read again, has two more kinds, for
 * numbers that JavaScript's JSON would lose: `["number", "-0"]`, and `["literal", "1.0"]` for a number literal.
 */
import { isNumberLiteral, type JsonObject, type JsonValue } from '../wire/index.js';
import { Opaque } from './opaque.js';
import * as parts from './parts.js';
import { isTagName, TAG } from './tag-name.js';
import { formOf } from './value-class.js';

/** The use of a form: `canonical` for a digest, or `encoded` to be read again. */
export type Purpose = 'canonical' | 'encoded';

/** Returns the JSON form of a value that `readValue` copied. */
export function toTagged(value: unknown, purpose: Purpose): JsonValue {
  switch (typeof value) {
    case 'number':
      return fromNumber(value, purpose);
    case 'undefined':
      return tag('undefined');
    case 'bigint':
      return tag('bigint', String(value));
    case 'object':
      return value === null ? null : fromObject(value, purpose);
    default:
      return value as string | boolean;
  }
}

const tag = (...form: readonly JsonValue[]): JsonObject => ({ [TAG]: form });

function fromNumber(value: number, purpose: Purpose): JsonValue {
  if (!Number.isFinite(value)) return tag('number', String(value));
  return purpose === 'encoded' && Object.is(value, -0) ? tag('number', '-0') : value;
}

function fromObject(value: object, purpose: Purpose): JsonValue {
  if (Array.isArray(value)) return value.map((item) => toTagged(item, purpose));
  if (isNumberLiteral(value)) return purpose === 'encoded' ? tag('literal', value.rawJSON) : value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return fromSpecial(value, purpose);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      isTagName(name) ? `$${name}` : name,
      toTagged(item, purpose),
    ]),
  );
}

function fromSpecial(value: object, purpose: Purpose): JsonObject {
  const form = formOf(value);
  if (form !== undefined) return tag('class', form.name, form.write(value));
  if (value instanceof Date) return tag('date', value.toISOString());
  if (value instanceof URL) return tag('url', value.href);
  if (value instanceof Map)
    return tag(
      'map',
      [...value].map((entry) => entry.map((part) => toTagged(part, purpose))),
    );
  if (value instanceof Set)
    return tag(
      'set',
      [...value].map((item) => toTagged(item, purpose)),
    );
  if (value instanceof Error) return tag('error', value.name, value.message);
  if (value instanceof Opaque) return tag('opaque');
  const bytes = ArrayBuffer.isView(value) ? value : new Uint8Array(value as ArrayBuffer);
  const name = ArrayBuffer.isView(value) ? parts.typedArrayNameOf(value) : 'ArrayBuffer';
  return tag('bytes', name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
}
