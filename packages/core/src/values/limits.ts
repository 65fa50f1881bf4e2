import { describe, InvalidArgumentError } from '../errors/index.js';

/** The greatest size of one value. */
export interface ValueLimits {
  /** Array elements, properties, entries of sets, and keys and values of maps, counted over the whole value. */
  readonly maxElements: number;
  /** The sum of all strings (as UTF-8), names of properties, and bytes. */
  readonly maxBytes: number;
}

/** A million elements and 64 MiB. */
export const DEFAULT_VALUE_LIMITS: ValueLimits = Object.freeze({
  maxElements: 1_000_000,
  maxBytes: 64 * 1024 * 1024,
});

/** How deeply arrays, objects, maps and sets can be nested in one value. */
export const MAX_VALUE_DEPTH = 200;

/** @throws InvalidArgumentError unless both limits are positive whole numbers. */
export function expectLimits({ maxElements, maxBytes }: ValueLimits): ValueLimits {
  if (isLimit(maxElements) && isLimit(maxBytes)) return { maxElements, maxBytes };
  for (const [name, limit] of Object.entries({ maxElements, maxBytes })) {
    if (isLimit(limit)) continue;
    throw new InvalidArgumentError(`\`${name}\` must be a positive whole number`, {
      received: describe(limit),
      remedy: 'Omit the limits to use the default (1,000,000 elements and 64 MiB).',
    });
  }
  return { maxElements, maxBytes };
}

const isLimit = (limit: unknown): boolean => Number.isSafeInteger(limit) && (limit as number) > 0;
