import * as z from 'zod';
import { PluginError } from '../errors/index.js';
import { copyProperties, functionField, parseOptions } from '../wire/index.js';
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

/** Provides a part under the user's token: a value, an instance of a class, or what a factory returns. */
export type Provider<T = unknown> = ValueProvider<T> | ClassProvider<T> | FactoryProvider<T>;

/**
 * Returns a factory provider whose function's parameters get their types from `inject`:
 * `provide({ token: MAILER, inject: [CONFIG], useFactory: (config) => new Mailer(config.host) })`. A factory that takes
 * nothing needs no `inject`.
 */
export function provide<T, Parts extends unknown[]>(
  provider: MadeBase<T> & {
    readonly inject: readonly [...{ [K in keyof Parts]: Token<Parts[K]> | Injection<Parts[K]> }];
    readonly useFactory: (...parts: NoInfer<Parts>) => NoInfer<T> | Promise<NoInfer<T>>;
  },
): FactoryProvider<T>;
export function provide<T>(
  provider: MadeBase<T> & {
    readonly inject?: undefined;
    readonly useFactory: () => NoInfer<T> | Promise<NoInfer<T>>;
  },
): FactoryProvider<T>;
export function provide<T>(provider: unknown): FactoryProvider<T> {
  return provider as FactoryProvider<T>;
}

/** A provider, read once. */
export interface ProviderCopy {
  /** The token that the provider serves. */
  readonly token: Token<unknown>;
  /** Whether patterns can inject the part. */
  readonly forPatterns: boolean;
  /** Whether the part is made once, or once for each scope. */
  readonly lifetime: 'container' | 'scope';
  /** The value, class or factory that the part comes from. */
  readonly source:
    | { readonly value: unknown }
    | { readonly class: Class<object> }
    | {
        readonly factory: (...parts: unknown[]) => unknown;
        readonly inject: readonly Injection[];
      };
  /** Starts the part; undefined: its own method `start`. */
  readonly start?: ((part: unknown) => unknown) | undefined;
  /** Closes the part; undefined: its own method `close`. */
  readonly close?: ((part: unknown) => unknown) | undefined;
}

const tokenField = z.custom<Token<unknown>>(isToken, 'a symbol, a string or a class');
const base = { token: tokenField, forPatterns: z.boolean().default(false) };
const made = {
  ...base,
  lifetime: z.enum(['container', 'scope']).default('container'),
  start: functionField<(part: unknown) => unknown>().optional(),
  close: functionField<(part: unknown) => unknown>().optional(),
};
const injectionField = z
  .custom<unknown>((value) => toInjection(value) !== undefined, 'a token, or optional(TOKEN)')
  .transform((value) => toInjection(value) as Injection);

const FORMS = {
  useValue: z.strictObject({ ...base, useValue: z.unknown() }),
  useClass: z.strictObject({ ...made, useClass: functionField() }),
  useFactory: z.strictObject({
    ...made,
    useFactory: functionField<(...parts: unknown[]) => unknown>(),
    inject: z.array(injectionField).default([]),
  }),
};

/**
 * Copies the providers of a container or scope.
 *
 * @throws InvalidArgumentError, or PluginError: `PLUGIN_INVALID` for two providers of a token, `PLUGIN_FORBIDDEN` for
 * a guarded part that is meant for patterns.
 */
export function copyProviders(given: readonly unknown[]): ProviderCopy[] {
  const copies = given.map((provider, i) => copyProvider(provider, `providers[${i}] of a container`));
  const tokens = new Set<unknown>();
  for (const { token, forPatterns } of copies) {
    const name = tokenName(token);
    if (forPatterns && GUARDED_TOKENS.includes(token)) throw forbiddenForPatterns('a provider', name);
    if (OWN_TOKENS.includes(token))
      throw wrong(`A provider cannot replace ${name}`, 'a token of your own', name);
    if (tokens.has(token))
      throw wrong(`Two providers have the token ${name}`, 'one provider for each token', 'two');
    tokens.add(token);
  }
  return copies;
}

function copyProvider(given: unknown, what: string): ProviderCopy {
  const copy = copyProperties(given, what);
  const forms = Object.keys(FORMS).filter((form) => Object.hasOwn(copy, form));
  if (forms.length !== 1) {
    const received = forms.join(' and ') || Object.keys(copy).join(', ') || 'an empty object';
    throw wrong(
      `${what} must say how to make its part`,
      'one of useValue, useClass and useFactory',
      received,
    );
  }
  if (Object.hasOwn(copy, 'useValue')) {
    const { useValue, ...value } = parseOptions(FORMS.useValue, copy, what);
    return { ...value, lifetime: 'container', source: { value: useValue } };
  }
  if (Object.hasOwn(copy, 'useClass')) {
    const { useClass, ...rest } = parseOptions(FORMS.useClass, copy, what);
    return { ...rest, source: { class: useClass as unknown as Class<object> } };
  }
  const { useFactory, inject, ...rest } = parseOptions(FORMS.useFactory, copy, what);
  return { ...rest, source: { factory: useFactory, inject } };
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
