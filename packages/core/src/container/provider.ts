import { describe, PluginError } from '../errors/index.js';
import { type Class, type Injection, isToken, toInjection } from './injection.js';
import { GUARDED_TOKENS, OWN_TOKENS, type Token, tokenName } from './tokens.js';

/** The fields of every provider. */
export interface ProviderBase<T> {
  /** The token under which the part can be injected and resolved. */
  readonly token: Token<T>;
  /** Whether patterns can have it too. Do not set it for a part that could act past the guard. Default: false. */
  readonly forPatterns?: boolean;
}

/** The fields of a provider whose part the container makes. */
export interface MadeBase<T> extends ProviderBase<T> {
  /** How long the part lives: as long as the container, or one for each scope. Default: `container`. */
  readonly lifetime?: 'container' | 'scope';
  /** Starts the part. Default: calls its method `start`, if it has one. */
  readonly start?: (part: NoInfer<T>) => unknown;
  /** Closes the part. Default: calls its method `close`, if it has one. */
  readonly close?: (part: NoInfer<T>) => unknown;
}

/** Provides a value that the caller made. The container neither starts nor closes it. */
export interface ValueProvider<T = unknown> extends ProviderBase<T> {
  /** The part. */
  readonly useValue: NoInfer<T>;
}

/** Provides an instance of a class. Its parameters are injected. */
export interface ClassProvider<T = unknown> extends MadeBase<T> {
  /** The class. Its parameters name their tokens, by `@inject(TOKEN)` or `static inject`. */
  readonly useClass: Class<NoInfer<T>>;
}

/** Provides what a function returns. */
export interface FactoryProvider<T = unknown> extends MadeBase<T> {
  /** The parts that the function takes. Default: none. */
  readonly inject?: readonly (Token<unknown> | Injection)[];
  /** Makes the part. With `createContainerAsync` it can return a promise. */
  readonly useFactory: (...parts: never[]) => NoInfer<T> | Promise<NoInfer<T>>;
}

/** Provides a part under a token of the user's: a value, an instance of a class, or what a factory returns. */
export type Provider<T = unknown> = ValueProvider<T> | ClassProvider<T> | FactoryProvider<T>;

/**
 * Returns a factory provider whose function's parameters get their types from `inject`:
 * `provide({ token: MAILER, inject: [CONFIG], useFactory: (config) => new Mailer(config.host) })`.
 */
export function provide<T, Parts extends unknown[]>(
  provider: MadeBase<T> & {
    readonly inject: readonly [...{ [K in keyof Parts]: Token<Parts[K]> | Injection<Parts[K]> }];
    readonly useFactory: (...parts: NoInfer<Parts>) => NoInfer<T> | Promise<NoInfer<T>>;
  },
): FactoryProvider<T> {
  return provider as unknown as FactoryProvider<T>;
}

/** A provider, read once. */
export interface ProviderCopy {
  readonly token: Token<unknown>;
  readonly forPatterns: boolean;
  readonly lifetime: 'container' | 'scope';
  readonly source:
    | { readonly value: unknown }
    | { readonly class: Class<object> }
    | {
        readonly factory: (...parts: unknown[]) => unknown;
        readonly inject: readonly Injection[];
      };
  readonly start?: (part: unknown) => unknown;
  readonly close?: (part: unknown) => unknown;
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  useValue: ['token', 'forPatterns', 'useValue'],
  useClass: ['token', 'forPatterns', 'useClass', 'lifetime', 'start', 'close'],
  useFactory: ['token', 'forPatterns', 'useFactory', 'inject', 'lifetime', 'start', 'close'],
};

/**
 * Copies the providers of a container or scope.
 *
 * @throws PluginError `PLUGIN_INVALID`, or `PLUGIN_FORBIDDEN` for a guarded part that is meant for patterns.
 */
export function copyProviders(given: unknown): ProviderCopy[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw wrong('`providers` must be an array', 'an array', describe(given));
  const copies = Array.from(given, copyProvider);
  const tokens = new Set<unknown>();
  for (const { token, forPatterns } of copies) {
    const name = tokenName(token);
    if (forPatterns && GUARDED_TOKENS.includes(token)) throw forbiddenForPatterns('a provider', name);
    if (OWN_TOKENS.includes(token))
      throw wrong(`A provider cannot replace ${name}`, 'a token of your own', name);
    if (tokens.has(token)) throw wrong(`Two providers have the token ${name}`, 'one provider a token', name);
    tokens.add(token);
  }
  return copies;
}

function copyProvider(given: unknown): ProviderCopy {
  const copy: Record<string, unknown> =
    typeof given === 'object' && given !== null ? Object.assign(Object.create(null), given) : {};
  const { token, forPatterns = false, lifetime = 'container', start, close } = copy;
  if (!isToken(token))
    throw wrong('A provider needs a `token`', 'a symbol, string or class', describe(token));
  const name = tokenName(token);
  const forms = Object.keys(NAMES).filter((form) => Object.hasOwn(copy, form));
  const [form] = forms;
  if (form === undefined || forms.length > 1)
    throw wrong(
      `The provider of ${name} must say how to make it`,
      'one of useValue, useClass and useFactory',
      forms.join(' and ') || 'none of them',
    );
  const unknown = Object.keys(copy).find((key) => !NAMES[form]?.includes(key));
  if (unknown !== undefined)
    throw wrong(`The provider of ${name} has an unknown '${unknown}'`, `${NAMES[form]}`, `'${unknown}'`);
  if (typeof forPatterns !== 'boolean') throw wrongField(name, 'forPatterns', 'true or false', forPatterns);
  if (lifetime !== 'container' && lifetime !== 'scope')
    throw wrongField(name, 'lifetime', "'container' or 'scope'", lifetime);
  for (const [hook, value] of Object.entries({ start, close }))
    if (value !== undefined && typeof value !== 'function') throw wrongField(name, hook, 'a function', value);
  return {
    token,
    forPatterns,
    lifetime,
    source: sourceOf(name, form, copy),
    start: start as ProviderCopy['start'],
    close: close as ProviderCopy['close'],
  };
}

function sourceOf(name: string, form: string, copy: Record<string, unknown>): ProviderCopy['source'] {
  if (form === 'useValue') return { value: copy.useValue };
  if (typeof copy[form] !== 'function')
    throw wrongField(name, form, form === 'useClass' ? 'a class' : 'a function', copy[form]);
  if (form === 'useClass') return { class: copy.useClass as Class<object> };
  const { inject = [] } = copy;
  if (!Array.isArray(inject)) throw wrongField(name, 'inject', 'an array of tokens', inject);
  const injections = Array.from(inject, (each) => {
    const injection = toInjection(each);
    if (injection === undefined) throw wrongField(name, 'inject', 'tokens', each);
    return injection;
  });
  return { factory: copy.useFactory as (...parts: unknown[]) => unknown, inject: injections };
}

/** The error for a pattern, or a part that patterns can have, that asks for a guarded part. */
export function forbiddenForPatterns(who: string, token: string): PluginError {
  return new PluginError('PLUGIN_FORBIDDEN', `Patterns cannot have ${token}`, {
    expected: 'patterns that act only through their execution',
    received: `${who} that asks for ${token}`,
    remedy: 'Use invoke, delegate, verify and share of the execution instead.',
  });
}

const wrong = (summary: string, expected: string, received: string): PluginError =>
  new PluginError('PLUGIN_INVALID', summary, {
    expected,
    received,
    remedy: 'Correct the `providers` of the container.',
  });

const wrongField = (name: string, field: string, expected: string, received: unknown): PluginError =>
  wrong(`\`${field}\` of the provider of ${name} is invalid`, expected, describe(received));
