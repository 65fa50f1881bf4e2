import type { z } from 'zod';
import { describe, InvalidArgumentError } from '../errors/index.js';
import { nearestName } from './nearest-name.js';

/** The error for an unknown name: a misspelt option must not be treated as an omitted one. */
export function unknownOption(
  name: string,
  known: readonly string[],
  at: string,
  what: string,
): InvalidArgumentError {
  const nearest = nearestName(name, known);
  return new InvalidArgumentError(`There is no option '${name}' ${at ? `in \`${at}\` ` : ''}of ${what}`, {
    expected: known.length > 0 ? known.join(', ') : 'another name',
    received: describe(name),
    remedy:
      nearest === undefined
        ? 'Correct it, or omit it.'
        : `If you meant '${nearest}', write that; otherwise omit it.`,
    evidence: { name, known, nearest },
  });
}

/** The error for the first issue that a schema found. */
export function invalidOption(
  schema: z.ZodObject,
  options: unknown,
  issues: readonly z.core.$ZodIssue[],
  what: string,
): InvalidArgumentError {
  const { issue, path } = deepest(issues[0] as z.core.$ZodIssue, options);
  const name = pathText(path);
  if (!name) {
    return new InvalidArgumentError(`The options of ${what} are invalid`, {
      expected: expectedBy(issue),
      received: Object.keys(options as object).join(', ') || 'no options',
      remedy: 'Correct them.',
    });
  }
  const value = at(options, path);
  const isMissing = value === undefined;
  const field = schema.shape[path[0] as string];
  const isOptional = path.length === 1 && field !== undefined && field.safeParse(undefined).success;
  return new InvalidArgumentError(`\`${name}\` of ${what} is ${isMissing ? 'missing' : 'invalid'}`, {
    expected: expectedBy(issue),
    received: describe(value),
    remedy: isMissing ? 'Pass it.' : isOptional ? 'Correct it, or omit it.' : 'Correct it.',
    evidence: { option: name },
  });
}

type Path = readonly PropertyKey[];

/** Picks, from a union's issues, the one of the alternative that fits the kind of the value. */
function deepest(
  issue: z.core.$ZodIssue,
  options: unknown,
  before: Path = [],
): { issue: z.core.$ZodIssue; path: Path } {
  const path = [...before, ...issue.path];
  if (issue.code !== 'invalid_union') return { issue, path };
  const alternatives = issue.errors.flatMap((issues) => issues[0] ?? []);
  const isInside = (inner: z.core.$ZodIssue): boolean => inner.path.length > 0;
  const isObject = typeof at(options, path) === 'object';
  const fitting = alternatives.find((inner) => isInside(inner) === isObject) ?? alternatives[0];
  return fitting ? deepest(fitting, options, path) : { issue, path };
}

/** Looks into copies only; other objects belong to the caller and were read already. */
function at(options: unknown, path: Path): unknown {
  let value = options;
  for (const key of path) {
    if (
      !Array.isArray(value) &&
      (typeof value !== 'object' || value === null || Object.getPrototypeOf(value))
    )
      return value;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

const pathText = (path: Path): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'a plain object',
  record: 'a plain object',
};

/** Returns what would have been accepted, as a noun phrase. Messages of custom checks are such phrases already. */
function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.message;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') {
    const size = `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    return issue.origin === 'string'
      ? `a string of ${size} characters`
      : issue.origin === 'array'
        ? `${size} elements`
        : `a number of ${size}`;
  }
  return issue.message;
}
