import { describe, UnsupportedValueError } from '../errors/index.js';
import { formatTimestamp } from '../wire/index.js';

const MAX_DEPTH = 100;
const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Copies what a caller says about an action into frozen plain data, so that no evaluator can change what the next one
 * sees. Dates become timestamps, since a frozen Date can still be changed.
 *
 * @throws UnsupportedValueError for a value that is not plain data, with its path.
 */
export function frozenContext(
  context: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  return context === undefined ? NOTHING : (copy(context, 'context', 0) as Record<string, unknown>);
}

function copy(value: unknown, path: string, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol' || depth > MAX_DEPTH)
    return refuse(value, path);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) {
    const millis = Date.prototype.getTime.call(value);
    return Number.isNaN(millis) ? refuse(value, path) : formatTimestamp(new Date(millis));
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (let i = 0, { length } = value; i < length; i++)
      items.push(copy(value[i], `${path}[${i}]`, depth + 1));
    return Object.freeze(items);
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? copyProperties(value, path, depth) : refuse(value, path);
}

function copyProperties(value: object, path: string, depth: number): object {
  const properties: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) properties[key] = copy(item, `${path}.${key}`, depth + 1);
  return Object.freeze(properties);
}

function refuse(value: unknown, path: string): never {
  throw new UnsupportedValueError(path, {
    expected: 'plain data: null, booleans, numbers, strings, Dates, arrays and plain objects',
    received: describe(value),
    remedy: 'Convert it to plain data first.',
  });
}
