import * as z from 'zod';
import { milliseconds } from '../invocation/call-options.js';
import { parseOptions } from '../wire/index.js';

/** The bounds of the runs of a runtime. */
export interface RuntimeLimits {
  /** How many runs can be in progress at a time; others wait. Default: no limit. */
  readonly maxConcurrentRuns?: number;
  /** How many agents can work at a time within a run; others wait. Default: 64. */
  readonly maxConcurrentInvocations?: number;
  /** The time limit of a whole run, in milliseconds. Default: no limit. */
  readonly timeout?: number;
  /** The time limit of one invocation, in milliseconds. Default: no limit. */
  readonly invocationTimeout?: number;
  /** How deep invocations can be nested, across nested runs too. Default: 16. */
  readonly maxNesting?: number;
  /** How many elements an input or an output can have. Default: 1,000,000. */
  readonly maxValueElements?: number;
  /** How many bytes of strings and binary data an input or an output can have. Default: 64 MiB. */
  readonly maxValueBytes?: number;
}

/** The bounds of runs that a runtime does not set. */
export const DEFAULT_LIMITS = { maxConcurrentInvocations: 64, maxNesting: 16 } as const;

const count = z.int().positive();
const limits = z.strictObject({
  maxConcurrentRuns: count.optional(),
  maxConcurrentInvocations: count.optional(),
  timeout: milliseconds.optional(),
  invocationTimeout: milliseconds.optional(),
  maxNesting: count.optional(),
  maxValueElements: count.optional(),
  maxValueBytes: count.optional(),
});

/** @throws InvalidArgumentError. */
export const parseLimits = (given: RuntimeLimits | undefined): RuntimeLimits =>
  parseOptions(limits, given === undefined ? {} : given, "a runtime's limits") as RuntimeLimits;
