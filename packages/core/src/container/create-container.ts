import * as z from 'zod';
import { PluginError } from '../errors/index.js';
import { InMemoryKeyManager, type KeyManager } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import { TrustOperations } from '../trust/index.js';
import { trustOptions } from '../trust/trust-options.js';
import { type Clock, parseOptions, systemClock } from '../wire/index.js';
import type { ContainerOptions, PluginContainer } from './container-options.js';
import type { Class } from './injection.js';
import type { Recipe } from './parts.js';
import { selectedRecipe, valueRecipe } from './recipes.js';
import { Scope, scopeOptions } from './scope.js';
import { checkPluginOptions, type PluginKind, Plugins, type Selected } from './select.js';
import {
  CLOCK,
  CONSTRAINT_EVALUATORS,
  KEY_MANAGER,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from './tokens.js';

/**
 * Wires stores, keys, evaluators and patterns into runtimes in one call. The container makes every part itself and
 * looks nothing up outside its options, in particular not in tsyringe's global container. Patterns, and the parts
 * that they take, cannot get the store, the keys or the trust operations.
 *
 * Everything is made before this returns, so a missing or invalid part fails here.
 *
 * @throws PluginError.
 */
export function createContainer<const Types extends readonly unknown[]>(
  options: ContainerOptions<Types> = {},
): PluginContainer {
  const read = readOptions(options);
  const promise = read.plugins.find(({ checked }) => checked instanceof Promise);
  if (promise !== undefined) throw asynchronousOptions(read.plugins);
  const scope = assemble(
    read,
    read.plugins.map(({ checked }) => checked),
  );
  scope.make();
  return containerOf(scope);
}

/**
 * Like {@link createContainer}, but factories and option schemas can be asynchronous. It also starts the parts, each
 * before the parts that take it are made.
 *
 * @throws PluginError, and the errors of a part that fails to start.
 */
export async function createContainerAsync<const Types extends readonly unknown[]>(
  options: ContainerOptions<Types> = {},
): Promise<PluginContainer> {
  const read = readOptions(options);
  const scope = assemble(read, await Promise.all(read.plugins.map(({ checked }) => checked)));
  await scope.makeAsync();
  return containerOf(scope);
}

/** The store and the evaluators, in this order: what was selected, and its options once they are checked. */
interface SelectedPlugin {
  readonly kind: PluginKind;
  readonly selected: Selected;
  readonly checked: unknown;
}

interface ReadOptions {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly keyManager: unknown;
  readonly settings: object;
  readonly plugins: readonly SelectedPlugin[];
  readonly users: Readonly<z.output<typeof scopeOptions>>;
}

const {
  store: _store,
  keyManager: _keyManager,
  constraintEvaluators: _evaluators,
  ...trustSettings
} = trustOptions.shape;

// Parts are read one by one when they are selected, and each provider when it is copied.
const containerOptions = z.strictObject({
  ...trustSettings,
  ...scopeOptions.shape,
  store: z.unknown().optional(),
  keyManager: z.unknown().optional(),
  constraintEvaluators: z.array(z.unknown()).default([]),
  plugins: z.array(z.unknown()).default([]),
});

function readOptions(options: object): ReadOptions {
  const { store, keyManager, clock, constraintEvaluators, patterns, plugins, providers, ...settings } =
    parseOptions(containerOptions, options, 'a container');
  const time = clock ?? systemClock;
  const known = new Plugins(plugins);
  const select = (kind: PluginKind, part: unknown): SelectedPlugin => {
    const selected = known.select(kind, part);
    const checked =
      'class' in selected ? checkPluginOptions(selected.definition, selected.options) : undefined;
    return { kind, selected, checked };
  };
  return {
    scope: new Scope({ plugins: known, time }),
    clock: time,
    keyManager: keyManager ?? InMemoryKeyManager,
    settings,
    plugins: [
      select('store', store ?? 'memory'),
      ...constraintEvaluators.map((part) => select('constraint evaluator', part)),
    ],
    users: { providers, patterns },
  };
}

/** Registers every part of a container. Nothing is made yet. */
function assemble(read: ReadOptions, pluginOptions: readonly unknown[]): Scope {
  const { scope, clock, keyManager, plugins, settings, users } = read;
  const { parts } = scope;
  parts.add(valueRecipe(CLOCK, clock));
  const keys =
    typeof keyManager === 'function'
      ? { class: keyManager as Class<object> }
      : { value: keyManager as object };
  parts.add(selectedRecipe('key manager', keys, { token: KEY_MANAGER, time: clock }));
  const evaluators: Token<unknown>[] = [];
  for (const [i, { kind, selected }] of plugins.entries()) {
    const token: Token<unknown> = kind === 'store' ? TRUST_STORE : Symbol(kind);
    if (kind !== 'store') evaluators.push(token);
    parts.add(selectedRecipe(kind, selected, { token, pluginOptions: pluginOptions[i], time: clock }));
  }
  parts.add(ownRecipe(CONSTRAINT_EVALUATORS, evaluators, (made) => Object.freeze([...made])));
  parts.add(
    ownRecipe(
      TRUST_OPERATIONS,
      [TRUST_STORE, KEY_MANAGER, CONSTRAINT_EVALUATORS],
      ([store, keyManager, constraintEvaluators]) =>
        new TrustOperations({
          ...settings,
          clock,
          store: store as TrustStore,
          keyManager: keyManager as KeyManager,
          constraintEvaluators: constraintEvaluators as [],
        }),
    ),
  );
  scope.addUsersParts(users);
  return scope;
}

const ownRecipe = (
  token: Token<unknown>,
  takes: readonly Token<unknown>[],
  make: (parts: readonly unknown[]) => unknown,
): Recipe => ({
  ...valueRecipe(token, undefined),
  injections: takes.map((each) => ({ token: each })),
  make,
});

const containerOf = (scope: Scope): PluginContainer =>
  Object.freeze({ ...scope.handle(), trust: scope.parts.resolve(TRUST_OPERATIONS) as TrustOperations });

function asynchronousOptions(plugins: readonly SelectedPlugin[]): PluginError {
  for (const { checked } of plugins) if (checked instanceof Promise) checked.catch(() => undefined);
  return new PluginError('PLUGIN_INVALID', 'The options of a plugin can only be checked asynchronously', {
    expected: 'a schema that answers immediately',
    received: 'a promise',
    remedy: 'Use createContainerAsync().',
  });
}
