import * as z from 'zod';
import { describeThrown, EatpError, PluginError } from '../errors/index.js';
import type { PatternExecutor } from '../pattern/index.js';
import { TrustAwareOrchestrationRuntime } from '../runtime/index.js';
import type { TrustOperations } from '../trust/index.js';
import { type Clock, parseOptions } from '../wire/index.js';
import type { ContainerScope } from './container-options.js';
import { Life } from './life.js';
import { Parts, type Recipe } from './parts.js';
import { copyProviders } from './provider.js';
import { providerRecipe, selectedRecipe } from './recipes.js';
import type { Plugins } from './select.js';
import { type Token, TRUST_OPERATIONS } from './tokens.js';

/** The values that a container and all scopes in it share. */
export interface Surroundings {
  /** The plugin classes that can be selected by name. */
  readonly plugins: Plugins;
  /** The clock that patterns can inject. */
  readonly time: Clock;
}

/** The schema of the options of a scope. Each provider and pattern is read later, once. */
export const scopeOptions = z.strictObject({
  providers: z.array(z.unknown()).optional(),
  patterns: z.array(z.unknown()).optional(),
});

type UsersParts = Readonly<z.output<typeof scopeOptions>>;

/** A container or a scope in it: makes its parts, and starts and closes them. */
export class Scope {
  /** The parts of this scope. */
  readonly parts: Parts;
  /** The tokens of the patterns of this scope. */
  readonly patternTokens: Token<PatternExecutor<never>>[] = [];
  readonly #life = new Life();
  readonly #inner = new Set<Scope>();
  #closing: Promise<void> | undefined;

  constructor(
    /** The parts that the whole container has in common. */
    readonly surroundings: Surroundings,
    private readonly outer?: Scope,
  ) {
    this.parts = new Parts(outer?.parts);
    for (const recipe of outer?.parts.scopeRecipes ?? [])
      this.parts.add({ ...recipe, lifetime: 'container' });
  }

  /** Adds the user's parts and the patterns. */
  addUsersParts(options: UsersParts): void {
    const { plugins, time } = this.surroundings;
    for (const provider of copyProviders(options.providers ?? []))
      this.parts.add(providerRecipe(provider, time));
    for (const pattern of options.patterns ?? []) {
      const selected = plugins.select('pattern', pattern);
      const token = Symbol('pattern') as Token<PatternExecutor<never>>;
      this.patternTokens.push(token);
      this.parts.add(selectedRecipe('pattern', selected, { token, time }));
    }
  }

  /** Makes every part, each after what it takes. */
  make(): void {
    const ordered = this.parts.order();
    try {
      for (const recipe of ordered) {
        const value = orPluginError(recipe, () => recipe.make(this.parts.takenBy(recipe)));
        if (recipe.isOwned && isThenable(value)) {
          value.then(undefined, () => undefined);
          throw asynchronous(recipe.name);
        }
        this.#keep(recipe, value);
      }
    } catch (error) {
      this.close().catch(() => undefined);
      throw error;
    }
  }

  /** Makes and starts every part, each after what it takes was started. */
  async makeAsync(): Promise<void> {
    const ordered = this.parts.order();
    try {
      for (const recipe of ordered) {
        const made = orPluginError(recipe, () => recipe.make(this.parts.takenBy(recipe)));
        const value = recipe.isOwned && isThenable(made) ? await orPluginErrorAsync(recipe, made) : made;
        this.#keep(recipe, value);
        await this.#life.start();
      }
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  /** Closes the parts of this scope, each before the parts that it takes. */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  /** The object that users get. Its methods do not use `this`, so that they can be destructured. */
  handle(): ContainerScope {
    const { parts } = this;
    const patterns = Object.freeze(this.#patterns());
    const inner = (options: object): Scope => {
      const scope = new Scope(this.surroundings, this);
      scope.addUsersParts(parseOptions(scopeOptions, options, 'a scope'));
      this.#inner.add(scope);
      return scope;
    };
    return {
      patterns,
      createRuntime: (agents, more = {}) =>
        new TrustAwareOrchestrationRuntime({ ...more, agents, trust: this.#trust(), patterns }),
      resolve: <T>(token: Token<T>) => parts.resolve(token) as T,
      createScope: (options = {}) => {
        const scope = inner(options);
        scope.make();
        return scope.handle();
      },
      createScopeAsync: async (options = {}) => {
        const scope = inner(options);
        await scope.makeAsync();
        return scope.handle();
      },
      start: () => this.#life.start(),
      close: () => this.close(),
      [Symbol.asyncDispose]: () => this.close(),
    };
  }

  async #closeAll(): Promise<void> {
    if (this.outer !== undefined) this.outer.#inner.delete(this);
    const ends = await Promise.allSettled([...this.#inner].map((scope) => scope.close()));
    ends.push(...(await Promise.allSettled([this.#life.close()])));
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (errors.length > 1) throw new AggregateError(errors, 'Parts of several scopes could not be closed.');
    if (errors.length === 1) throw errors[0];
  }

  #keep(recipe: Recipe, value: unknown): void {
    this.parts.keep({ recipe, value });
    this.#life.add({ recipe, value });
  }

  #patterns(): PatternExecutor<never>[] {
    const own = this.patternTokens.map((token) => this.parts.resolve(token) as PatternExecutor<never>);
    return this.outer === undefined ? own : [...this.outer.#patterns(), ...own];
  }

  #trust(): TrustOperations {
    return this.parts.resolve(TRUST_OPERATIONS) as TrustOperations;
  }
}

function orPluginError<T>(recipe: Recipe, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw asPluginError(recipe, cause);
  }
}

async function orPluginErrorAsync(recipe: Recipe, made: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await made;
  } catch (cause) {
    throw asPluginError(recipe, cause);
  }
}

/** Coded errors keep their code; any other is wrapped. */
function asPluginError({ name }: Recipe, cause: unknown): unknown {
  if (cause instanceof EatpError) return cause;
  return new PluginError('PLUGIN_INVALID', `Making ${name} failed`, {
    received: describeThrown(cause),
    remedy: 'Correct its constructor or factory; see `cause` for the error.',
    cause,
  });
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

const asynchronous = (name: string): PluginError =>
  new PluginError('PLUGIN_INVALID', `The factory of ${name} is asynchronous`, {
    expected: 'a part',
    received: 'a promise',
    remedy: 'Use createContainerAsync() or createScopeAsync().',
  });
