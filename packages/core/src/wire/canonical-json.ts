import { describe, UnsupportedValueError } from '../errors/index.js';
import { compareCodePoints } from './code-point-order.js';
import { isNumberLiteral, type JsonObject, type JsonValue } from './json.js';
import { canonicalNumber, canonicalNumberLiteral } from './python-number.js';
import { quote } from './quote.js';

/**
 * The text that is signed and hashed: JSON without white space, keys by code point, ASCII only, numbers as
 * Python prints them. Byte for byte what the reference's `serialize_for_signing` writes.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE` for NaN, infinities and values that are not JSON.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, '$');
}

/** Returns an object's text with further fields appended. The object must not have these fields already. */
export function withFields(objectText: string, fields: JsonObject): string {
  const more = writeObject(fields);
  return `${objectText.slice(0, -1)}${objectText === '{}' || more === '{}' ? '' : ','}${more.slice(1)}`;
}

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return canonicalNumber(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return writeArray(value, path);
      if (Object.getPrototypeOf(value) === Object.prototype)
        return writeObject(value as Record<string, unknown>);
      if (isNumberLiteral(value)) return canonicalNumberLiteral(value.rawJSON, path);
      return isPlainObject(value) ? writeObject(value as Record<string, unknown>) : refuse(value, path);
    default:
      return refuse(value, path);
  }
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The last is a plain object of another realm.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(value: unknown, path: string): never {
  throw new UnsupportedValueError(path, {
    expected: 'a JSON value',
    received: describe(value),
    remedy: 'Pass it through toJsonValue() first.',
  });
}

function writeArray(items: readonly unknown[], path: string): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) out += (i > 0 ? ',' : '') + write(items[i], path);
  return `${out}]`;
}

function writeObject(object: Record<string, unknown>): string {
  const keys = sorted(Object.keys(object));
  let out = '{';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    out += (i > 0 ? ',' : '') + label(key) + write(object[key], key);
  }
  return `${out}}`;
}

/** Most keys come in order already: records are written that way, and so is most of what was read. */
function sorted(keys: string[]): string[] {
  let isInOrder = true;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    // Without such keys, JavaScript's own order is the order of code points, and much faster to sort by.
    if (isBeyondBmp(key)) return keys.sort(compareCodePoints);
    if (i > 0 && isInOrder) isInOrder = (keys[i - 1] as string) <= key;
  }
  if (isInOrder) return keys;
  return keys.length > FEW_KEYS ? keys.sort() : insertionSort(keys);
}

const FEW_KEYS = 24;

/** For the few keys of a record several times as fast as `sort()`. */
function insertionSort(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

// The same few keys are written over and over; each is examined once.
const labels = new Map<string, string>();
const MAX_LABELS = 5_000;

function label(key: string): string {
  const known = labels.get(key);
  if (known !== undefined) return known;
  const text = `${quote(key)}:`;
  if (labels.size < MAX_LABELS && key.length <= 64 && !/[\ud800-\uffff]/.test(key)) labels.set(key, text);
  return text;
}

// Above U+D7FF the order of UTF-16 units and of code points may differ. A key that was kept is none of those.
const isBeyondBmp = (key: string): boolean => !labels.has(key) && /[\ud800-\uffff]/.test(key);
