import { describe } from '@kaizen-eatp/core/errors';
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
import { ValueNotTransferableError } from './value-error.js';

const MAX_DEPTH = 200;
export const MAX_DIGITS = 4_300;
// Of numbers beyond these msgpackr would make a float, although they are whole.
const PLAIN_MAX = 0xffff_ffff;
const PLAIN_MIN = -0x8000_0000;

/** An integer beyond 64 bits, on its way to the wire. */
export class Digits {
  constructor(readonly value: bigint) {}
}

/** A map whose keys are not all texts, on its way to the wire. */
export class Pairs {
  constructor(readonly flat: readonly unknown[]) {}
}

/** Where something stands, put into words only if it is refused: a path for each value would cost more than the rest. */
type Place = string | { readonly around: Place; readonly step: Step };
/** An index, or a key; nothing for the place itself. */
type Step = number | string | undefined;

function pathOf(around: Place, step?: Step): string {
  const base = typeof around === 'string' ? around : pathOf(around.around, around.step);
  if (step === undefined) return base;
  return typeof step === 'number' ? `${base}[${step}]` : `${base}.${step}`;
}

/**
 * A value in the form of which msgpackr writes what Python is to read: the very same where that is possible, a copy
 * where something in it must be said in another way.
 *
 * @throws ValueNotTransferableError.
 */
export function toWire(value: unknown): unknown {
  return convert(value, '$', undefined, 0);
}

function convert(value: unknown, around: Place, step: Step, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? value
        : refuse(value, pathOf(around, step), 'a text that is well-formed Unicode', describe(value));
    case 'boolean':
      return value;
    case 'number':
      return fromNumber(value);
    case 'bigint':
      return fromBigInt(value, around, step);
    case 'undefined':
      return null;
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
  return isOurs ? value : refuse(value, pathOf(place));
}

function fromArray(array: readonly unknown[], place: Place, depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    const wire = convert(item, place, i, depth + 1);
    if (copy) copy.push(wire);
    else if (wire !== item) copy = [...array.slice(0, i), wire];
  }
  return copy ?? array;
}

function fromProperties(object: Readonly<Record<string, unknown>>, place: Place, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === '__proto__') return fromEntries(Object.entries(object), place, depth);
    if (!key.isWellFormed()) refuse(key, pathOf(place), 'keys that are well-formed Unicode', describe(key));
    const item = object[key];
    const wire = item === undefined ? undefined : convert(item, place, key, depth + 1);
    if (wire === item && item !== undefined) {
      if (copy) copy[key] = wire;
    } else {
      copy ??= Object.fromEntries(keys.slice(0, i).map((earlier) => [earlier, object[earlier]]));
      if (wire !== undefined) copy[key] = wire;
    }
  }
  return copy ?? object;
}

/** A map whose keys are all texts arrives as a plain `dict`; so does an object with the key `__proto__`. */
function fromEntries(
  entries: readonly (readonly [unknown, unknown])[],
  place: Place,
  depth: number,
): unknown {
  const isPlain = entries.every(([key]) => typeof key === 'string' && key !== '__proto__');
  if (isPlain) return fromProperties(Object.fromEntries(entries) as never, place, depth);
  const trouble = keyTrouble(entries.map(([key]) => key));
  if (trouble !== undefined) refuse(entries, pathOf(place), 'keys as a dict of Python has them', trouble);
  const flat: unknown[] = [];
  for (const [key, item] of entries) {
    const at = `${pathOf(place)}[${describe(key)}]`;
    flat.push(convert(key, `key of ${at}`, undefined, depth + 1), convert(item, at, undefined, depth + 1));
  }
  return new Pairs(flat);
}

function refuse(value: unknown, path: string, expected?: string, received?: string): never {
  throw new ValueNotTransferableError(path, {
    expected:
      expected ??
      'null, a boolean, number, bigint, string, Uint8Array, Date, array, plain object, Map, or a Python value of this package',
    received: received ?? describe(value),
    remedy: 'Convert it to one of those first; see "Values" in docs/protocol.md.',
  });
}
