import 'reflect-metadata';
import { type DependencyContainer, container as rootContainer } from 'tsyringe';
import type { TrustedAgent } from '../agent/index.js';
import type { ConstraintEvaluator } from '../constraints/index.js';
import { describe, PluginError } from '../errors/index.js';
import type { PatternExecutor, PatternPlugin } from '../pattern/index.js';
import {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from '../runtime/index.js';
import { InMemoryKeyManager, type KeyManager } from '../signing/index.js';
import { MemoryTrustStore, type TrustStore } from '../store/index.js';
import { TrustOperations, type TrustOperationsOptions } from '../trust/index.js';
import { type Clock, systemClock } from '../wire/index.js';
import {
  CLOCK,
  CONSTRAINT_EVALUATOR,
  GUARDED_TOKENS,
  KEY_MANAGER,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from './tokens.js';

type Class<T> = new (...args: never[]) => T;
type Part<T> = T | Class<T>;

/** A value, class or factory under a token of the user's own. */
export interface Provider<T = unknown> {
  readonly token: Token<T>;
  readonly useValue?: T;
  readonly useClass?: Class<T>;
  /** Patterns get it too; leave it false for what could act past the guard. Default: false. */
  readonly forPatterns?: boolean;
}

export interface PluginContainerOptions
  extends Omit<TrustOperationsOptions, 'store' | 'keyManager' | 'constraintEvaluators' | 'clock'> {
  /** An instance, or a class whose parameters are injected. Default: {@link MemoryTrustStore}. */
  readonly store?: Part<TrustStore>;
  /** Default: {@link InMemoryKeyManager}. */
  readonly keyManager?: Part<KeyManager>;
  readonly clock?: Clock;
  readonly constraintEvaluators?: readonly Part<ConstraintEvaluator>[];
  readonly patterns?: readonly (PatternPlugin | Class<PatternExecutor<never>>)[];
  readonly providers?: readonly Provider<never>[];
}

/** Everything wired together: the trust operations, the patterns, and runtimes over both. */
export interface PluginContainer {
  readonly trust: TrustOperations;
  readonly patterns: readonly PatternExecutor<never>[];
  createRuntime(
    agents: Readonly<Record<string, TrustedAgent>>,
    options?: Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'trust' | 'patterns'>,
  ): TrustAwareOrchestrationRuntime;
  /** @throws PluginError `PLUGIN_INVALID` if nothing is registered under the token. */
  resolve<T>(token: Token<T>): T;
}

/**
 * Wires stores, keys, evaluators and patterns into a runtime in one call. Classes get their parameters injected by
 * token. Patterns are made in a container of their own, in which the store, the keys and the trust operations are
 * not to be had (decision 4).
 *
 * @throws PluginError.
 */
export function createContainer(options: PluginContainerOptions = {}): PluginContainer {
  const { store, keyManager, clock, constraintEvaluators, patterns, providers, ...settings } = options;
  const parts = rootContainer.createChildContainer();
  const forPatterns = rootContainer.createChildContainer();
  parts.register(CLOCK, { useValue: clock ?? systemClock });
  // Patterns may read the time, not set it.
  const time = clock ?? systemClock;
  forPatterns.register(CLOCK, { useValue: Object.freeze({ now: () => time.now() }) });
  for (const provider of (providers ?? []) as readonly Provider[]) {
    register(parts, provider);
    if (provider.forPatterns) registerForPatterns(forPatterns, provider);
  }
  parts.register(KEY_MANAGER, { useValue: make(parts, keyManager ?? InMemoryKeyManager, 'key manager') });
  parts.register(TRUST_STORE, { useValue: make(parts, store ?? MemoryTrustStore, 'store') });
  const evaluators = (constraintEvaluators ?? []).map((part) =>
    make<ConstraintEvaluator>(parts, part, 'constraint evaluator'),
  );
  for (const evaluator of evaluators) parts.register(CONSTRAINT_EVALUATOR, { useValue: evaluator });
  const trust = new TrustOperations({
    ...settings,
    clock: clock ?? systemClock,
    store: parts.resolve<TrustStore>(TRUST_STORE),
    keyManager: parts.resolve<KeyManager>(KEY_MANAGER),
    constraintEvaluators: evaluators,
  });
  parts.register(TRUST_OPERATIONS, { useValue: trust });
  const executors = (patterns ?? []).map((pattern) =>
    makePattern(forPatterns, pattern as Part<PatternExecutor<never>>),
  );
  return {
    trust,
    patterns: executors,
    createRuntime: (agents, more = {}) =>
      new TrustAwareOrchestrationRuntime({ ...more, agents, trust, patterns: executors }),
    resolve: <T>(token: Token<T>) => orPluginError('part', () => parts.resolve<T>(token)),
  };
}

function register(parts: DependencyContainer, { token, useClass, useValue }: Provider): void {
  if (useClass) parts.registerSingleton(token, useClass as never);
  else parts.register(token, { useValue });
}

function registerForPatterns(parts: DependencyContainer, provider: Provider): void {
  if (GUARDED_TOKENS.includes(provider.token)) throw forbidden(String(provider.token));
  register(parts, provider);
}

function make<T>(parts: DependencyContainer, part: Part<T>, what: string): T {
  return typeof part === 'function' ? orPluginError(what, () => parts.resolve<T>(part as never)) : part;
}

function makePattern(
  parts: DependencyContainer,
  pattern: Part<PatternExecutor<never>>,
): PatternExecutor<never> {
  if (typeof pattern !== 'function') return pattern;
  const guarded = GUARDED_TOKENS.find((token) => asksFor(pattern, token));
  if (guarded) throw forbidden(String(guarded), pattern.name);
  return make(parts, pattern, 'pattern');
}

/** Whether a class's own parameters name a token. tsyringe keeps them under this metadata key. */
function asksFor(pluginClass: object, token: Token<unknown>): boolean {
  const asked = Reflect.getOwnMetadata('injectionTokens', pluginClass) as Record<string, unknown> | undefined;
  return Object.values(asked ?? {}).some(
    (parameter) => parameter === token || (parameter as { token?: unknown } | null)?.token === token,
  );
}

function forbidden(token: string, pattern = 'A pattern'): PluginError {
  return new PluginError('PLUGIN_FORBIDDEN', `${pattern} may not have ${token}`, {
    expected: 'a pattern that acts through its execution only',
    received: `a parameter with @inject(${token})`,
    remedy: 'Use invoke, delegate, verify and share of the execution instead.',
  });
}

function orPluginError<T>(what: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    throw new PluginError('PLUGIN_INVALID', `The ${what} could not be made`, {
      received: cause instanceof Error ? cause.message : describe(cause),
      remedy: 'Register what it needs in `providers`, and name a token for each parameter: @inject(TOKEN).',
      cause,
    });
  }
}
