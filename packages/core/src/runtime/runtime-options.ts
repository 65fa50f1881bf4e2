import * as z from 'zod';
import { VERIFICATION_LEVELS, type VerificationLevel } from '../chain/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';
import type { PatternPlugin } from '../pattern/registry.js';
import { TrustOperations } from '../trust/trust-operations.js';
import { parseOptions } from '../wire/index.js';
import type { RunEngine } from './durable/run-engine.js';
import type { RuntimeLimits } from './limits.js';
import type { RunObserver } from './run-observer.js';
import { observerField } from './run-observers.js';

/** The options of every runtime; agents and limits have their own readers. */
export interface RuntimeOptions {
  /** The agents, as the caller gave them. */
  readonly agents: unknown;
  /** The patterns that runs can name. */
  readonly patterns: readonly PatternPlugin[];
  /** The bounds of runs. */
  readonly limits?: RuntimeLimits | undefined;
  /** The observers of runs. */
  readonly observers?: readonly RunObserver[] | undefined;
  /** The trust operations, for a trust-aware runtime. */
  readonly trust?: TrustOperations | undefined;
  /** The level of every verification. */
  readonly verificationLevel?: VerificationLevel | undefined;
  /** Whether all agents are verified before a run. */
  readonly requireTrust?: boolean | undefined;
  /** The engine of durable runs. */
  readonly engine?: RunEngine | undefined;
}

/** The registry checks whether it is a pattern. */
const plugin = z.custom<PatternPlugin>(() => true);
const runtimeOptions = z.strictObject({
  agents: z.custom<unknown>(
    (value) => typeof value === 'object' && value !== null,
    'an array of agents, of [name, agent] entries, or an object of agents by name, for instance { analyst, summarizer }',
  ),
  patterns: z.array(plugin),
  limits: z
    .custom<RuntimeLimits>((value) => typeof value === 'object' && value !== null, 'a plain object')
    .optional(),
  observers: z.array(observerField).optional(),
  trust: z
    .custom<TrustOperations>(
      (value) => value instanceof TrustOperations,
      'the TrustOperations that established the agents',
    )
    .optional(),
  verificationLevel: z.enum(VERIFICATION_LEVELS).optional(),
  requireTrust: z.boolean().optional(),
  engine: z
    .custom<RunEngine>((value) => typeof value === 'object' && value !== null, 'an engine of durable runs')
    .optional(),
});

/** @throws InvalidArgumentError. */
export const parseRuntimeOptions = (given: RuntimeOptions): RuntimeOptions =>
  parseOptions(runtimeOptions, given, 'a runtime') as RuntimeOptions;

/** @throws InvalidArgumentError. */
export function expectTrust(trust: unknown): TrustOperations {
  if (trust instanceof TrustOperations) return trust;
  throw new InvalidArgumentError('`trust` must be a TrustOperations', {
    expected: 'the TrustOperations that established the agents',
    received: describe(trust),
    remedy: 'Pass it as `trust`.',
  });
}
