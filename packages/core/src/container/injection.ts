import 'reflect-metadata';
import { inject as injectByTsyringe } from 'tsyringe';
import { describe, PluginError } from '../errors/index.js';
import type { Token } from './tokens.js';

export { injectable } from 'tsyringe';

/** A class that a container can make. */
export type Class<T> = abstract new (...args: never[]) => T;

/** A parameter that a container fills in. */
export interface Injection<T = unknown> {
  /** The part to fill in. */
  readonly token: Token<T>;
  /** Whether the parameter is `undefined` when nothing is registered under the token. Default: false. */
  readonly isOptional?: boolean;
}

/**
 * Names the token of a constructor's parameter. It is a parameter decorator, so it needs `experimentalDecorators`.
 * With standard decorators, or none, write `static inject = [TOKEN, …]` instead.
 */
export function inject<T>(token: Token<T>, options?: { readonly isOptional?: boolean }): ParameterDecorator {
  return injectByTsyringe(token as symbol, options) as ParameterDecorator;
}

/** Makes a parameter in `static inject` optional: `static inject = [CLOCK, optional(MAILER)]`. */
export function optional<T>(token: Token<T>): Injection<T | undefined> {
  return { token, isOptional: true };
}

/**
 * Returns what a class's constructor takes, in order: from `static inject`, or else from `@inject` of this package or
 * of tsyringe. A class that has neither these declarations nor a constructor takes what its base class takes.
 *
 * @throws PluginError `PLUGIN_INVALID` if a parameter names no token.
 */
export function injectionsOf(target: Class<unknown>, what: string): readonly Injection[] {
  for (let at = target; typeof at === 'function'; at = Object.getPrototypeOf(at) as Class<unknown>) {
    const declared = Object.hasOwn(at, 'inject') ? (at as { inject?: unknown }).inject : decoratedOf(at);
    if (declared !== undefined) return expectInjections(at, declared, what);
    if (at.length > 0) throw withoutToken(at, 0, what);
  }
  return [];
}

/** The parameters with `@inject`. tsyringe keeps them under this metadata key, by index. */
function decoratedOf(target: object): unknown[] | undefined {
  const byIndex = Reflect.getOwnMetadata('injectionTokens', target) as Record<string, unknown> | undefined;
  if (byIndex === undefined) return undefined;
  const parameters: unknown[] = [];
  for (const index of Object.keys(byIndex)) parameters[Number(index)] = byIndex[index];
  return parameters;
}

function expectInjections(target: Class<unknown>, declared: unknown, what: string): readonly Injection[] {
  if (!Array.isArray(declared)) {
    throw new PluginError(
      'PLUGIN_INVALID',
      `\`static inject\` of ${what} '${target.name}' must be an array`,
      {
        expected: 'an array of tokens',
        received: describe(declared),
        remedy: 'Write: static inject = [TOKEN].',
      },
    );
  }
  const count = Math.max(target.length, declared.length);
  return Array.from({ length: count }, (_, index) => {
    const injection = toInjection(declared[index]);
    if (injection === undefined) throw withoutToken(target, index, what);
    return injection;
  });
}

/** Reads a token, `optional(TOKEN)`, or what `@inject` recorded. */
export function toInjection(given: unknown): Injection | undefined {
  if (isToken(given)) return { token: given };
  if (typeof given !== 'object' || given === null) return undefined;
  const { token, isOptional, multiple, transform } = given as Record<string, unknown>;
  if (!isToken(token) || multiple || transform) return undefined;
  return { token, isOptional: isOptional === true };
}

/** Whether a value can name a part. */
export function isToken(value: unknown): value is Token<unknown> {
  return (
    typeof value === 'symbol' || typeof value === 'function' || (typeof value === 'string' && value !== '')
  );
}

const withoutToken = (target: Class<unknown>, index: number, what: string): PluginError =>
  new PluginError('PLUGIN_INVALID', `Parameter ${index + 1} of ${what} '${target.name}' names no token`, {
    expected: 'a token for each parameter of the constructor',
    received: 'a parameter without one',
    remedy: 'Add @inject(TOKEN) to the parameter, or `static inject = [TOKEN, …]` to the class.',
    evidence: { class: target.name, parameter: index + 1 },
  });
