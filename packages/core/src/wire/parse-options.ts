import type { z } from 'zod';
import { describe, describeThrown, EatpError, InvalidArgumentError } from '../errors/index.js';
import { invalidOption, unknownOption } from './option-errors.js';
import { parseGiven } from './parse-given.js';
import { elementOf, isPlainObject, lengthOf, ownEntries } from './read-once.js';

const MAX_ELEMENTS = 100_000;

/**
 * Parses the options of a public function: reads everything that the caller passed once, into plain frozen data, and
 * checks that copy. The caller's objects are not touched again, so no getter, proxy or later change can show one value
 * to the check and another to the code that acts on it.
 *
 * The schema declares which fields are data and which are handles. Objects, arrays, records and unions in it are
 * copied; a `z.custom` value, such as a store or a function, is passed on as it is. Every object is strict, whatever
 * its mode.
 *
 * @param schema - an object schema; its keys are the known names.
 * @param passed - what the caller passed.
 * @param what - names the function in the error, for instance `establish()`.
 * @throws InvalidArgumentError for an unknown name, with the nearest known one, and for an invalid value.
 */
export function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  passed: unknown,
  what: string,
): Readonly<z.output<Schema>> {
  return coded(what, () => {
    const copied = copyAs(schema, passed, '', what);
    const given = parseGiven(schema, copied);
    if (given) return freezeAs(schema, given) as z.output<Schema>;
    const parsed = schema.safeParse(copied);
    if (!parsed.success) throw invalidOption(schema, copied, parsed.error.issues, what);
    return freezeAs(schema, parsed.data) as z.output<Schema>;
  });
}

/**
 * Copies an object's own properties, reading each once. For a function that chooses the schema of the object by the
 * names of its properties.
 *
 * @throws InvalidArgumentError.
 */
export function copyProperties(given: unknown, what: string): object {
  return coded(what, () => {
    const copied: Record<string, unknown> = Object.create(null);
    for (const [name, value] of ownEntries(expectPlain(given, '', what))) copied[name] = value;
    return copied;
  });
}

/** @throws InvalidArgumentError for a name that is not known, of an object that is not copied. */
export function expectKnownNames(given: object, known: readonly string[], what: string): void {
  const name = Object.keys(given).find((each) => !known.includes(each));
  if (name !== undefined) throw unknownOption(name, known, '', what);
}

/** Getters and proxies can throw anything. */
function coded<T>(what: string, reading: () => T): T {
  try {
    return reading();
  } catch (cause) {
    if (cause instanceof EatpError) throw cause;
    throw new InvalidArgumentError(`The options of ${what} cannot be read`, {
      expected: 'a plain object without getters that fail',
      received: describeThrown(cause),
      remedy: 'Pass plain data.',
      cause,
    });
  }
}

/** The parts of a schema's definition that decide how a value is copied. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly in?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
}

const definitionOf = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition;

/** @param at - the path of the value in the options, empty for the options themselves. */
function copyAs(schema: z.core.$ZodType, value: unknown, at: string, what: string): unknown {
  const { type, shape, innerType, element, valueType, options, in: input } = definitionOf(schema);
  if (type === 'object' && shape) return copyObject(shape, value, at, what);
  if (type === 'array' && element) return copyArray(element, value, at, what);
  if (type === 'record' && valueType) return copyRecord(valueType, value, at, what);
  if (type === 'union' && options) {
    const fitting = options.find((option) => isFor(option, value));
    return fitting ? copyAs(fitting, value, at, what) : value;
  }
  const inner = innerType ?? input;
  return inner && value !== undefined && value !== null ? copyAs(inner, value, at, what) : value;
}

function copyObject(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  given: unknown,
  at: string,
  what: string,
): object {
  const copied: Record<string, unknown> = Object.create(null);
  for (const [name, value] of ownEntries(expectPlain(given, at, what))) {
    if (!Object.hasOwn(shape, name)) throw unknownOption(name, Object.keys(shape), at, what);
    copied[name] = copyAs(shape[name] as z.core.$ZodType, value, at ? `${at}.${name}` : name, what);
  }
  return copied;
}

/** Inherited options would be overlooked, so an object of a class is refused. */
function expectPlain(given: unknown, at: string, what: string): object {
  if (isPlainObject(given)) return given;
  throw new InvalidArgumentError(
    at ? `\`${at}\` of ${what} is invalid` : `The options of ${what} are invalid`,
    {
      expected: 'a plain object',
      received: describe(given),
      remedy: 'Pass the options as an object literal.',
    },
  );
}

function copyArray(element: z.core.$ZodType, value: unknown, at: string, what: string): unknown {
  if (!Array.isArray(value)) return value;
  const length = lengthOf(value);
  if (length > MAX_ELEMENTS) {
    throw new InvalidArgumentError(`\`${at}\` of ${what} is too long`, {
      expected: `at most ${MAX_ELEMENTS} elements`,
      received: `${length}`,
      remedy: 'Pass fewer elements.',
    });
  }
  const copied: unknown[] = [];
  for (let i = 0; i < length; i++) copied.push(copyAs(element, elementOf(value, i), `${at}[${i}]`, what));
  return copied;
}

/** An object with names of the caller's choice. Zod would drop `__proto__`, so it is refused. */
function copyRecord(valueType: z.core.$ZodType, value: unknown, at: string, what: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copied: Record<string, unknown> = Object.create(null);
  for (const [name, item] of ownEntries(expectPlain(value, at, what))) {
    if (name === '__proto__') throw unknownOption(name, [], at, what);
    copied[name] = copyAs(valueType, item, `${at}.${name}`, what);
  }
  return copied;
}

/** Whether a schema describes the kind of a value: an array, another object, or anything else. */
function isFor(schema: z.core.$ZodType, value: unknown): boolean {
  const { type, innerType, in: input } = definitionOf(schema);
  const inner = innerType ?? input;
  if (inner) return isFor(inner, value);
  if (type === 'array') return Array.isArray(value);
  return type === 'object' || type === 'record' ? typeof value === 'object' && !Array.isArray(value) : false;
}

/** Freezes what was copied, and nothing that was passed on as it is. */
function freezeAs(schema: z.core.$ZodType, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { type, shape, innerType, element, valueType, options, in: input, out } = definitionOf(schema);
  if (type === 'object' && shape) {
    for (const name of Object.keys(value))
      if (shape[name]) freezeAs(shape[name], (value as Record<string, unknown>)[name]);
    return Object.freeze(value);
  }
  if (type === 'array' && element) {
    for (const item of value as unknown[]) freezeAs(element, item);
    return Object.freeze(value);
  }
  if (type === 'record' && valueType) {
    for (const item of Object.values(value)) freezeAs(valueType, item);
    return Object.freeze(value);
  }
  if (type === 'union' && options) {
    const fitting = options.find((option) => isFor(option, value));
    return fitting ? freezeAs(fitting, value) : value;
  }
  // The output of a transformation is not frozen here, unless it is the copied input itself.
  const inner = innerType ?? (out && definitionOf(out).type === 'transform' ? undefined : input);
  return inner ? freezeAs(inner, value) : value;
}
