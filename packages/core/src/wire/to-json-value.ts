import { describe, UnsupportedValueError } from '../errors/index.js';
import { isNumberLiteral, type JsonObject, type JsonValue, numberLiteral } from './json.js';
import { pythonFloat } from './python-number.js';
import { formatTimestamp } from './timestamp.js';

const MAX_DEPTH = 200;

/**
 * A user's value as JSON that both languages read alike; a deep copy, so later changes do not reach what was
 * signed. BigInt stays an exact integer, Date becomes a timestamp, bytes become base64 (as in the reference),
 * `undefined` properties are left out.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE`, naming the path, for whatever JSON cannot hold.
 */
export function toJsonValue(value: unknown, path = '$', depth = 0): JsonValue {
  if (depth > MAX_DEPTH) {
    throw new UnsupportedValueError(path, {
      expected: `at most ${MAX_DEPTH} levels`,
      received: 'a deeper or circular value',
      remedy: 'Flatten it.',
    });
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return fromNumber(value, path);
    case 'bigint':
      return numberLiteral(String(value));
    case 'object':
      return fromObject(value, path, depth);
    default:
      return refuse(value, path);
  }
}

/** Whether a value is JSON as it stands, so that no copy of it is needed to write it. */
export function isPlainJson(value: unknown, depth = 0): value is JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (depth < MAX_DEPTH && isPlainContainer(value, depth));
    default:
      return false;
  }
}

function isPlainContainer(value: object, depth: number): boolean {
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

/** The same for a record of values, such as a genesis record's metadata. */
export function toJsonObject(value: object, path = '$'): JsonObject {
  return fromProperties(value, path, 0);
}

function fromNumber(value: number, path: string): JsonValue {
  const isPlain = Number.isInteger(value)
    ? Number.isSafeInteger(value) && !Object.is(value, -0)
    : Number.isFinite(value);
  return isPlain ? value : numberLiteral(pythonFloat(value, path));
}

function fromObject(value: object | null, path: string, depth: number): JsonValue {
  if (value === null || isNumberLiteral(value)) return value;
  if (Array.isArray(value)) {
    return Array.from(value, (item, i) =>
      item === undefined ? null : toJsonValue(item, `${path}[${i}]`, depth + 1),
    );
  }
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? refuse(value, path) : formatTimestamp(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) {
    return fromProperties(value, path, depth);
  }
  const { toJSON } = value as { toJSON?: () => unknown };
  return typeof toJSON === 'function'
    ? toJsonValue(toJSON.call(value), path, depth + 1)
    : refuse(value, path);
}

function fromProperties(value: object, path: string, depth: number): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const child = toJsonValue(item, `${path}.${key}`, depth + 1);
    if (key === '__proto__') Object.defineProperty(copy, key, { value: child, enumerable: true });
    else copy[key] = child;
  }
  return copy;
}

function refuse(value: unknown, path: string): never {
  throw new UnsupportedValueError(path, {
    expected: 'null, a boolean, number, bigint, string, Date, bytes, array or plain object',
    received: describe(value),
    remedy: 'Convert it to one of those first.',
  });
}
