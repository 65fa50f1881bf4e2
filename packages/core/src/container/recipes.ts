import type { Clock } from '../wire/index.js';
import { type Class, injectionsOf } from './injection.js';
import type { Recipe } from './parts.js';
import type { ProviderCopy } from './provider.js';
import type { PluginKind, Selected } from './select.js';
import { CLOCK, PLUGIN_OPTIONS, type Token, tokenName } from './tokens.js';

const ALONE = { injections: [], isOwned: false, visibility: 'private', lifetime: 'container' } as const;

/** The recipe of a part that exists already. */
export function valueRecipe(token: Token<unknown>, value: unknown): Recipe {
  return { ...ALONE, token, name: tokenName(token), make: () => value };
}

/** The recipe of a provider. */
export function providerRecipe(provider: ProviderCopy, time: Clock): Recipe {
  const { token, source, forPatterns, lifetime, start, close } = provider;
  const name = tokenName(token);
  const visibility = forPatterns ? 'shared' : 'private';
  const common = {
    token,
    visibility,
    lifetime,
    start,
    close,
    isOwned: true,
    instead: clockFor(visibility, time),
  } as const;
  if ('value' in source) return { ...ALONE, token, name, visibility, make: () => source.value };
  if ('class' in source) {
    const what = `the class of ${name},`;
    return { ...common, name, injections: injectionsOf(source.class, what), make: makerOf(source.class) };
  }
  return { ...common, name, injections: source.inject, make: (parts) => source.factory(...parts) };
}

/** The recipe of a store, key manager, evaluator or pattern. */
export function selectedRecipe(
  kind: PluginKind | 'key manager',
  selected: Selected | { readonly class: Class<object> },
  options: { readonly token?: Token<unknown>; readonly pluginOptions?: unknown; readonly time: Clock },
): Recipe {
  const { token, pluginOptions, time } = options;
  const visibility = kind === 'pattern' ? 'pattern' : 'private';
  if ('value' in selected)
    return { ...ALONE, token, name: `the ${kind}`, visibility, make: () => selected.value };
  const name = `${kind} '${selected.class.name}'`;
  const instead = new Map<Token<unknown>, unknown>(clockFor(visibility, time));
  instead.set(PLUGIN_OPTIONS, pluginOptions);
  return {
    token,
    name,
    visibility,
    instead,
    injections: injectionsOf(selected.class, `the ${kind}`),
    make: makerOf(selected.class),
    isOwned: true,
    lifetime: 'container',
  };
}

/** A view of the clock that only tells the time: a pattern must not be able to set it. */
function clockFor(
  visibility: Recipe['visibility'],
  time: Clock,
): ReadonlyMap<Token<unknown>, unknown> | undefined {
  if (visibility === 'private') return undefined;
  return new Map<Token<unknown>, unknown>([[CLOCK, Object.freeze({ now: () => time.now() })]]);
}

const makerOf =
  (target: Class<object>) =>
  (parts: readonly unknown[]): unknown =>
    Reflect.construct(target, parts);
