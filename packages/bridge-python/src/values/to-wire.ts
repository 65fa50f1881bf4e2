import { types } from 'node:util';
import { Opaque } from '@kaizen-eatp/core';
import { describe } from '@kaizen-eatp/core/errors';
import {
  type FloatMarks,
  floatMarksOf,
  isNumberLiteral,
  type JsonNumberLiteral,
} from '@kaizen-eatp/core/records';
import { keyTrouble } from './python-keys.js';
import {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
} from './python-values.js';
import { fromTypedArray } from './typed-arrays.js';
import { ValueNotTransferableError } from './value-error.js';

const MAX_DEPTH = 200;
export const MAX_DIGITS = 4_300;
// msgpackr would write whole numbers beyond these as floats.
const PLAIN_MAX = 0xffff_ffff;
const PLAIN_MIN = -0x8000_0000;

/** An integer beyond 64 bits, on its way to the wire. */
export class Digits {
  constructor(readonly value: bigint) {}
}

/** A map whose keys are not all strings, on its way to the wire. */
export class Pairs {
  constructor(readonly flat: readonly unknown[]) {}
}

/** The place of a value, which becomes a string only if the value is refused: a path for each would cost too much. */
type Place = string | { readonly around: Place; readonly step: Step };
/** An index, or a key; nothing for the place itself. */
type Step = number | string | undefined;

function pathOf(around: Place, step?: Step): string {
  const base = typeof around === 'string' ? around : pathOf(around.around, around.step);
  if (step === undefined) return base;
  return typeof step === 'number' ? `${base}[${step}]` : `${base}.${step}`;
}

/**
 * Returns a value in the form that msgpackr writes as Python reads it (docs/protocol.md, "Values"): the same object where
 * that is possible, else a copy.
 *
 * @throws ValueNotTransferableError, naming the place.
 */
export function toWire(value: unknown): unknown {
  // A function that returns nothing returns `None` in Python.
  return value === undefined ? null : convert(value, '$', undefined, 0);
}

function convert(value: unknown, around: Place, step: Step, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? value
        : refuse(value, pathOf(around, step), 'a string that is well-formed Unicode', describe(value));
    case 'boolean':
      return value;
    case 'number':
      return fromNumber(value);
    case 'bigint':
      return fromBigInt(value, around, step);
    case 'undefined':
      return refuseUndefined(pathOf(around, step));
    case 'object':
      return value === null ? null : fromObject(value, step === undefined ? around : { around, step }, depth);
    default:
      return refuse(value, pathOf(around, step));
  }
}

function fromNumber(value: number): unknown {
  if (!Number.isInteger(value)) return value;
  if (value >= PLAIN_MIN && value <= PLAIN_MAX) return Object.is(value, -0) ? new PythonFloat(-0) : value;
  return Math.abs(value) <= 2 ** 53 ? BigInt(value) : value;
}

/** A number as Python's JSON reads it: an `int` if it is written without a fraction and an exponent, else a `float`. */
function fromLiteral({ rawJSON }: JsonNumberLiteral, place: Place): unknown {
  if (/^-?\d+$/.test(rawJSON)) {
    const integer = BigInt(rawJSON);
    const number = Number(integer);
    return Number.isSafeInteger(number) ? fromNumber(number) : fromBigInt(integer, place, undefined);
  }
  const number = Number(rawJSON);
  return Number.isFinite(number)
    ? new PythonFloat(number)
    : refuse(rawJSON, pathOf(place), 'a number within the range of a float', rawJSON.slice(0, 60));
}

function fromBigInt(value: bigint, around: Place, step: Step): unknown {
  if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
  const digits = String(value).length - (value < 0n ? 1 : 0);
  if (digits <= MAX_DIGITS) return new Digits(value);
  return refuse(
    value,
    pathOf(around, step),
    `an integer of at most ${MAX_DIGITS} digits, Python's own limit`,
    `one of ${digits}`,
  );
}

function fromObject(value: object, place: Place, depth: number): unknown {
  if (depth >= MAX_DEPTH)
    refuse(
      value,
      pathOf(place),
      `at most ${MAX_DEPTH} levels`,
      'a deeper value, or one that contains itself',
    );
  if (Array.isArray(value)) return fromArray(value, place, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null && isNumberLiteral(value)) return fromLiteral(value, place);
  if (prototype === Object.prototype || prototype === null)
    return fromProperties(value as never, place, depth);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Map) return fromEntries([...value], place, depth);
  if (value instanceof Date)
    return Number.isNaN(value.getTime())
      ? refuse(value, pathOf(place), 'a valid Date', 'an invalid one')
      : PythonDateTime.from(value);
  const isOurs =
    value instanceof PythonDateTime ||
    value instanceof PythonDecimal ||
    value instanceof PythonFloat ||
    value instanceof PythonDate ||
    value instanceof PythonTime ||
    value instanceof PythonTimeDelta ||
    value instanceof PythonUuid;
  return isOurs ? value : fromForeign(value, place, depth);
}

/** The kinds of JavaScript that Python has no equal of arrive as plain values. */
function fromForeign(value: object, place: Place, depth: number): unknown {
  if (value instanceof Set) return fromArray([...value], place, depth);
  if (types.isTypedArray(value)) return fromTypedArray(value);
  if (types.isArrayBuffer(value)) return new Uint8Array(value);
  if (value instanceof URL) return value.href;
  if (value instanceof Error)
    return fromProperties({ name: String(value.name), message: String(value.message) }, place, depth);
  return value instanceof Opaque
    ? refuse(value, pathOf(place), 'a value that both sides can read', 'an opaque value')
    : refuse(value, pathOf(place));
}

function fromArray(array: readonly unknown[], place: Place, depth: number): unknown {
  const floats = floatMarksOf(array);
  let copy: unknown[] | undefined;
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    const wire = isMarked(floats, i, item) ? new PythonFloat(item) : convert(item, place, i, depth + 1);
    if (copy) copy.push(wire);
    else if (wire !== item) copy = [...array.slice(0, i), wire];
  }
  return copy ?? array;
}

function fromProperties(object: Readonly<Record<string, unknown>>, place: Place, depth: number): unknown {
  const floats = floatMarksOf(object);
  let copy: Record<string, unknown> | undefined;
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === '__proto__') return fromEntries(Object.entries(object), place, depth);
    if (!key.isWellFormed()) refuse(key, pathOf(place), 'keys that are well-formed Unicode', describe(key));
    const item = object[key];
    const wire = isMarked(floats, key, item) ? new PythonFloat(item) : convert(item, place, key, depth + 1);
    if (wire !== item) copy ??= Object.fromEntries(keys.slice(0, i).map((name) => [name, object[name]]));
    if (copy) copy[key] = wire;
  }
  return copy ?? object;
}

/** Whether a number came from Python as a float. */
function isMarked(floats: FloatMarks | undefined, step: number | string, item: unknown): item is number {
  if (floats === undefined || typeof item !== 'number') return false;
  return typeof floats === 'number' ? (step as number) < floats : floats.has(step);
}

/** A map whose keys are all strings arrives as a plain `dict`; so does an object with the key `__proto__`. */
function fromEntries(
  entries: readonly (readonly [unknown, unknown])[],
  place: Place,
  depth: number,
): unknown {
  const isPlain = entries.every(([key]) => typeof key === 'string' && key !== '__proto__');
  if (isPlain) return fromProperties(Object.fromEntries(entries) as never, place, depth);
  const keys: unknown[] = [];
  const flat: unknown[] = [];
  for (const [key, item] of entries) {
    const at = `${pathOf(place)}[${describe(key)}]`;
    const wireKey = convert(key, `key of ${at}`, undefined, depth + 1);
    keys.push(wireKey);
    flat.push(wireKey, convert(item, at, undefined, depth + 1));
  }
  // Asked of the keys as Python gets them: a Date and the same moment as PythonDateTime are one key there.
  const trouble = keyTrouble(keys);
  if (trouble !== undefined) refuse(entries, pathOf(place), 'keys as a dict of Python has them', trouble);
  return new Pairs(flat);
}

function refuseUndefined(path: string): never {
  throw new ValueNotTransferableError(path, {
    expected: 'a value',
    received: 'undefined',
    remedy: 'Leave the property out, or use null, which arrives as None.',
  });
}

function refuse(value: unknown, path: string, expected?: string, received?: string): never {
  throw new ValueNotTransferableError(path, {
    expected:
      expected ??
      'null, a boolean, number, bigint, string, bytes, array, plain object, Map, Set, Date, URL, Error, or a Python value of this package',
    received: received ?? describe(value),
    remedy: 'Convert it to one of those first; see "Values" in docs/protocol.md.',
  });
}
