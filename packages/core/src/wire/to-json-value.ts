import { toBase64 } from '#crypto';
import { describe, describeThrown, EatpError, UnsupportedValueError } from '../errors/index.js';
import { isNumberLiteral, type JsonObject, type JsonValue, numberLiteral } from './json.js';
import { pythonFloat } from './python-number.js';
import { bytesOf, elementOf, isPlainObject, lengthOf, millisOf, ownEntries } from './read-once.js';
import { formatTimestamp } from './timestamp.js';

const MAX_DEPTH = 200;
const MAX_ELEMENTS = 1_000_000;

/**
 * Copies a user's value into JSON that both languages read alike. Every part is read once and no method of it is
 * called, so neither a later change nor a changing getter reaches what was signed. A BigInt stays an exact integer, a
 * Date becomes a timestamp, bytes become base64 (as in the reference), and properties that are `undefined` are omitted.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE`, naming the path of a part that JSON cannot hold.
 */
export function toJsonValue(value: unknown, path = '$'): JsonValue {
  return copy(value, path, 0, asJson()) as JsonValue;
}

/** Copies an object with a user's values, such as a genesis record's metadata, as {@link toJsonValue} does. */
export function toJsonObject(value: object, path = '$'): JsonObject {
  if (!isPlainObject(value)) refuse(value, path, 'a plain object');
  return copyObject(value, path, 0, asJson()) as JsonObject;
}

/**
 * Copies an object for code that only reads it, such as constraint evaluators: deeply frozen, with numbers and BigInts
 * as they came. The kinds of values are those of {@link toJsonValue}, and all numbers.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE`.
 */
export function toFrozenObject(value: object, path = '$'): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) refuse(value, path, 'a plain object');
  return copyObject(value, path, 0, asItIs()) as Record<string, unknown>;
}

/** Whether a value is JSON already, so that it can be written without a copy. */
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

/** How to copy numbers, whether to freeze, and how much was copied. */
interface Manner {
  /** A list that holds another one many times is small, and its copy is not: all levels count together. */
  elements: number;
  readonly number: (value: number, path: string) => unknown;
  readonly bigint: (value: bigint) => unknown;
  readonly isFrozen: boolean;
}

const asJson = (): Manner => ({
  elements: 0,
  number: fromNumber,
  bigint: (value) => numberLiteral(String(value)),
  isFrozen: false,
});
const asItIs = (): Manner => ({
  elements: 0,
  number: (value) => value,
  bigint: (value) => value,
  isFrozen: true,
});

function copy(value: unknown, path: string, depth: number, manner: Manner): unknown {
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
      return manner.number(value, path);
    case 'bigint':
      return manner.bigint(value);
    case 'object':
      return value === null || isNumberLiteral(value) ? value : fromObject(value, path, depth, manner);
    default:
      return refuse(value, path);
  }
}

function fromNumber(value: number, path: string): JsonValue {
  const isPlain = Number.isInteger(value)
    ? Number.isSafeInteger(value) && !Object.is(value, -0)
    : Number.isFinite(value);
  return isPlain ? value : numberLiteral(pythonFloat(value, path));
}

function fromObject(value: object, path: string, depth: number, manner: Manner): unknown {
  if (Array.isArray(value)) return copyArray(value, path, depth, manner);
  if (isPlainObject(value)) return copyObject(value, path, depth, manner);
  const millis = millisOf(value);
  if (millis !== undefined)
    return Number.isNaN(millis) ? refuse(value, path) : formatTimestamp(new Date(millis));
  const bytes = bytesOf(value);
  return bytes ? toBase64(new Uint8Array(bytes.buffer)) : refuse(value, path);
}

function copyArray(array: readonly unknown[], path: string, depth: number, manner: Manner): unknown[] {
  const length = lengthOf(array);
  countElements(length, array, path, manner);
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const item = read(() => elementOf(array, i), `${path}[${i}]`);
    items.push(item === undefined ? null : copy(item, `${path}[${i}]`, depth + 1, manner));
  }
  return manner.isFrozen ? (Object.freeze(items) as unknown[]) : items;
}

function copyObject(object: object, path: string, depth: number, manner: Manner): object {
  const copied: Record<string, unknown> = {};
  const entries = read(() => ownEntries(object), path);
  countElements(entries.length, object, path, manner);
  for (const [name, item] of entries) {
    if (item === undefined) continue;
    const value = copy(item, `${path}.${name}`, depth + 1, manner);
    // Assigned, `__proto__` would become the prototype.
    if (name === '__proto__') Object.defineProperty(copied, name, { value, enumerable: true });
    else copied[name] = value;
  }
  return manner.isFrozen ? Object.freeze(copied) : copied;
}

function countElements(count: number, container: object, path: string, manner: Manner): void {
  manner.elements += count;
  if (manner.elements > MAX_ELEMENTS) refuse(container, path, `at most ${MAX_ELEMENTS} elements in all`);
}

/** Runs getters and traps of the value's owner. */
function read<T>(reading: () => T, path: string): T {
  try {
    return reading();
  } catch (cause) {
    if (cause instanceof EatpError) throw cause;
    throw new UnsupportedValueError(path, {
      expected: 'a property that can be read',
      received: describeThrown(cause),
      remedy: 'Pass plain data.',
      cause,
    });
  }
}

function refuse(
  value: unknown,
  path: string,
  expected = 'null, a boolean, number, bigint, string, Date, bytes, array or plain object',
): never {
  throw new UnsupportedValueError(path, {
    expected,
    received: describe(value),
    remedy: 'Convert it to one of those first.',
  });
}
