import { UnsupportedValueError } from '../errors/index.js';
import { canonicalNumberLiteral, isNumberLiteral, type JsonNumberLiteral } from '../wire/index.js';
import { copyFloatMarks } from './float-marks.js';
import type { ValueLimits } from './limits.js';
import { readSpecial } from './read-special.js';
import { isTagName } from './tag-name.js';
import { Walk } from './walk.js';

/** The result of one walk through a value. */
export interface Reading {
  /** The copy: plain objects and arrays, and new instances of the other kinds. Nothing in it is the caller's. */
  readonly copy: unknown;
  /** Whether `canonicalJson` writes the copy as it is. */
  readonly isPlain: boolean;
  /** Whether `JSON.parse(JSON.stringify(copy))` gives the same value. */
  readonly isNative: boolean;
  /** The place of the first opaque part. */
  readonly opaquePath: string | undefined;
}

const MAX_BIGINT_HEX_DIGITS = 25_000;

/**
 * Copies a value in one walk in which each of its properties is read once, and finds out which form it needs.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE`, naming the place, for a part that no record can describe, for a
 * cycle, and for a value that is too deep or too large.
 */
export function readValue(value: unknown, what: string, limits: ValueLimits): Reading {
  const walk = new Walk(what, limits);
  try {
    const copy = read(value, 0, walk);
    const { isPlain, isNative, opaquePath } = walk;
    return { copy, isPlain, isNative: isPlain && isNative, opaquePath };
  } catch (cause) {
    throw cause instanceof UnsupportedValueError ? cause : walk.unreadable(cause);
  }
}

/** Copies the part that is `depth` steps into the value. */
function read(value: unknown, depth: number, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      walk.countText(value);
      return value;
    case 'number':
      if (!Number.isFinite(value)) walk.isPlain = false;
      else if (value === 0 && Object.is(value, -0)) walk.isNative = false;
      return value;
    case 'boolean':
      return value;
    case 'undefined':
      walk.isPlain = false;
      return value;
    case 'bigint':
      return readBigInt(value, walk);
    case 'object':
      return value === null ? null : readObject(value, depth, walk);
    default:
      return walk.refuse(value);
  }
}

function readObject(value: object, depth: number, walk: Walk): unknown {
  walk.enter(value);
  if (Array.isArray(value)) return readArray(value, depth, walk);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return readProperties(value, depth, walk);
  if (prototype === null)
    return isNumberLiteral(value) ? readLiteral(value, walk) : readProperties(value, depth, walk);
  const special = readSpecial(value, depth, walk, read);
  if (special !== undefined) {
    walk.isPlain = false;
    return special;
  }
  return isForeignObjectPrototype(prototype) ? readProperties(value, depth, walk) : walk.refuse(value);
}

/** Whether this is `Object.prototype` of another realm, such as a `vm` context. */
const isForeignObjectPrototype = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');

/** Reads by index alone: a list can bring its own `map`, iterator or species. A hole is read as `undefined`. */
function readArray(items: readonly unknown[], depth: number, walk: Walk): unknown[] {
  const { length } = items;
  if (!Number.isSafeInteger(length) || length < 0) walk.refuse(items);
  walk.countElements(length);
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) {
    walk.steps[depth] = i;
    walk.depth = depth + 1;
    copy.push(read(items[i], depth + 1, walk));
  }
  copyFloatMarks(items, copy);
  return copy;
}

/** The spread reads each property once; from there on only the copy is looked at. */
function readProperties(object: object, depth: number, walk: Walk): object {
  const copy = spread(object, depth, walk);
  if (Object.getOwnPropertySymbols(copy).length > 0)
    walk.refuse(object, {
      received: 'an object with a property whose name is a symbol',
      remedy: 'Use names that are strings.',
    });
  const names = Object.keys(copy);
  walk.countElements(names.length);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    walk.steps[depth] = name;
    walk.depth = depth + 1;
    walk.countText(name);
    if (isTagName(name)) walk.isPlain = false;
    const item = copy[name];
    const itemCopy = read(item, depth + 1, walk);
    // The copy has this property already, so that even `__proto__` is assigned like any other.
    if (itemCopy !== item) copy[name] = itemCopy;
  }
  copyFloatMarks(object, copy);
  return copy;
}

function spread(object: object, depth: number, walk: Walk): Record<string, unknown> {
  try {
    return { ...object } as Record<string, unknown>;
  } catch (cause) {
    const name = throwingProperty(object);
    if (name !== undefined) {
      walk.steps[depth] = name;
      walk.depth = depth + 1;
    }
    throw cause;
  }
}

/** Reads an object again, only to name the property that threw. */
function throwingProperty(object: object): string | undefined {
  let name: string | undefined;
  try {
    for (name of Object.keys(object)) (object as Record<string, unknown>)[name];
    return undefined;
  } catch {
    return name;
  }
}

function readBigInt(value: bigint, walk: Walk): bigint {
  walk.isPlain = false;
  if (BigInt.asIntN(64, value) === value) return value;
  const digits = value.toString(16).length;
  if (digits > MAX_BIGINT_HEX_DIGITS)
    walk.refuse(value, {
      expected: 'an integer of at most 100,000 bits',
      received: `one of ${digits * 4}`,
      remedy: 'Pass it as bytes.',
    });
  walk.countBytes(digits);
  return value;
}

/** A literal is frozen and has no behaviour, so it is not copied. */
function readLiteral(literal: JsonNumberLiteral, walk: Walk): JsonNumberLiteral {
  const text = literal.rawJSON;
  walk.countText(text);
  walk.isNative = false;
  try {
    if (!/^-?\d/.test(text)) throw new TypeError('JSON.rawJSON() of a value that is not a number');
    canonicalNumberLiteral(text, '');
  } catch (cause) {
    walk.refuse(literal, {
      expected: 'a number that Python can read',
      received: text.slice(0, 60),
      remedy: 'Use a string.',
      cause,
    });
  }
  return literal;
}
