import type { ConstraintEvaluator } from '../constraints/index.js';
import type { PatternExecutor } from '../pattern/index.js';
import type {
  TrustAwareOrchestrationRuntime,
  TrustAwareOrchestrationRuntimeOptions,
} from '../runtime/index.js';
import type { KeyManager } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import type { TrustOperations, TrustOperationsOptions } from '../trust/index.js';
import type { Clock } from '../wire/index.js';
import type { Class } from './injection.js';
import type { Provider } from './provider.js';
import type { NamedPlugin, Selectable } from './select.js';
import type { Token } from './tokens.js';

/** A pattern as the options of a container give it: an instance, a decorated class, or the name of a plugin. */
export type SelectablePattern = PatternExecutor<never> | Class<PatternExecutor<never>> | string | NamedPlugin;

/** Providers of the user's parts, each checked against the type that its token carries. */
export type Providers<Types extends readonly unknown[]> = { readonly [K in keyof Types]: Provider<Types[K]> };

/** Options of {@link createContainer}: those of `TrustOperations`, and the parts to make. */
export interface ContainerOptions<Types extends readonly unknown[] = readonly unknown[]>
  extends Omit<TrustOperationsOptions, 'store' | 'keyManager' | 'constraintEvaluators' | 'clock'> {
  /** The trust store. Default: `'memory'`. */
  readonly store?: Selectable<TrustStore>;
  /** An instance, or a class whose parameters are injected. Default: a new `InMemoryKeyManager`. */
  readonly keyManager?: KeyManager | Class<KeyManager>;
  /** The clock. Default: the system's clock. */
  readonly clock?: Clock;
  /** Evaluators to add to the built-in ones. Default: none. */
  readonly constraintEvaluators?: readonly Selectable<ConstraintEvaluator>[];
  /** The patterns that runtimes of this container can run. Default: none. */
  readonly patterns?: readonly SelectablePattern[];
  /** Classes that `store`, `constraintEvaluators` and `patterns` can select by the name in their decorator. */
  readonly plugins?: readonly Class<object>[];
  /** The user's parts, by token. Default: none. */
  readonly providers?: Providers<Types>;
}

/** Options of a scope. */
export interface ScopeOptions<Types extends readonly unknown[] = readonly unknown[]> {
  /** Parts that only this scope has, or that replace those of the container here. Default: none. */
  readonly providers?: Providers<Types>;
  /** Patterns that only runtimes of this scope can run. Default: none. */
  readonly patterns?: readonly SelectablePattern[];
}

/** A part of a container's life, such as one request or one tenant, with separate parts. */
export interface ContainerScope extends AsyncDisposable {
  /** The patterns that runtimes of this scope can run. */
  readonly patterns: readonly PatternExecutor<never>[];
  /** Creates a runtime over the container's trust operations and these patterns. */
  createRuntime(
    agents: TrustAwareOrchestrationRuntimeOptions['agents'],
    options?: Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'trust' | 'patterns'>,
  ): TrustAwareOrchestrationRuntime;
  /** Returns a part. @throws PluginError `PLUGIN_INVALID` if nothing is registered under the token. */
  resolve<T>(token: Token<T>): T;
  /**
   * Creates a scope in this one. It has everything that this one has, makes its own instances of the parts whose
   * `lifetime` is `scope`, and is closed with this one at the latest.
   *
   * @throws PluginError.
   */
  createScope<const Types extends readonly unknown[]>(options?: ScopeOptions<Types>): ContainerScope;
  /** Like `createScope`, but factories can be asynchronous. It also starts the parts. */
  createScopeAsync<const Types extends readonly unknown[]>(
    options?: ScopeOptions<Types>,
  ): Promise<ContainerScope>;
  /**
   * Starts the parts that were made here and have a method `start`. The dependencies of a part start before it. If one
   * fails, everything is closed and its error is thrown.
   */
  start(): Promise<void>;
  /** Closes the parts that were made here and have a method `close`, in reverse order. `await using` calls it. */
  close(): Promise<void>;
}

/** Everything wired together: the trust operations, the patterns, and runtimes over both. */
export interface PluginContainer extends ContainerScope {
  /** The trust operations over the store and the keys of the container. */
  readonly trust: TrustOperations;
}
