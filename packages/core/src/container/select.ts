import * as z from 'zod';
import { ConstraintEvaluator } from '../constraints/index.js';
import { describe, PluginError } from '../errors/index.js';
import { definitionOf } from '../pattern/definition.js';
import { MemoryTrustStore, TrustStore } from '../store/index.js';
import { issuesText, nearestName, parseOptions, type SchemaResult } from '../wire/index.js';
import { type PluginDefinition, pluginDefinitionOf } from './decorators.js';
import type { Class } from './injection.js';

/** Selects a plugin by the name in its decorator, with its options. It can come from a configuration file. */
export interface NamedPlugin {
  /** The name in the plugin's decorator. */
  readonly plugin: string;
  /** The options that the plugin gets under `PLUGIN_OPTIONS`, checked by its schema. Default: no options. */
  readonly options?: unknown;
}

/** A part as the options of a container give it: the part, a class to make it from, or the name of a plugin. */
export type Selectable<T> = T | Class<T> | string | NamedPlugin;

/** The kinds of plugin, in the words of errors. */
export type PluginKind = 'store' | 'constraint evaluator' | 'pattern';

/** The selected part: one that exists, or a class to make with these options. */
export type Selected =
  | {
      /** The plugin that was passed as an object. */
      readonly value: object;
    }
  | {
      /** The class of the plugin. */
      readonly class: Class<object>;
      /** The definition in its decorator. */
      readonly definition: PluginDefinition;
      /** The options, as the schema of the plugin returned them. */
      readonly options: unknown;
    };

const BASES: Readonly<Record<string, Class<object> & { readonly kind: symbol }>> = {
  store: TrustStore,
  'constraint evaluator': ConstraintEvaluator,
};

const MEMORY: PluginDefinition = { name: 'memory' };

const namedPlugin = z.strictObject({ plugin: z.string(), options: z.unknown().optional() });

/** The plugins of a container, found by kind and name. */
export class Plugins {
  readonly #classes = new Map<string, Class<object>>();

  /** @throws PluginError `PLUGIN_INVALID` for a value that is not a plugin, and for two of one kind and name. */
  constructor(given: readonly unknown[]) {
    this.#classes.set('store memory', MemoryTrustStore);
    for (const plugin of given) {
      if (typeof plugin !== 'function') throw notPlugin(plugin);
      const kind = kindOf(plugin);
      const key = `${kind} ${checkedDefinition(kind, plugin as Class<object>).name}`;
      if (this.#classes.has(key)) throw twice(key);
      this.#classes.set(key, plugin as Class<object>);
    }
  }

  /** @throws PluginError for an unknown name, a class that is not decorated, or a value that is not of this kind. */
  select(kind: PluginKind, given: unknown): Selected {
    if (typeof given === 'string') return this.#byName(kind, given, undefined);
    if (typeof given === 'function') {
      const target = given as Class<object>;
      return { class: target, definition: checkedDefinition(kind, target), options: undefined };
    }
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, 'plugin')) {
      const { plugin, options } = parseOptions(namedPlugin, given, `the ${kind} of a container`);
      return this.#byName(kind, plugin, options);
    }
    if (kind === 'pattern') definitionOf(given);
    else if (typeof given !== 'object' || given === null) throw notOfKind(kind, given);
    return { value: given as object };
  }

  #byName(kind: PluginKind, name: unknown, options: unknown): Selected {
    const found = this.#classes.get(`${kind} ${String(name)}`);
    if (found) return { class: found, definition: checkedDefinition(kind, found), options };
    const known = [...this.#classes.keys()]
      .filter((key) => key.startsWith(`${kind} `))
      .map((key) => key.slice(kind.length + 1));
    const near = nearestName(String(name), known);
    throw new PluginError('PLUGIN_INVALID', `No ${kind} plugin is named ${describe(name)}`, {
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'the name of a plugin in `plugins`',
      received: describe(name),
      remedy: near ? `Write '${near}'.` : 'Add its class to `plugins`, or correct the name.',
    });
  }
}

/**
 * Checks the options that a configuration gives to a plugin.
 *
 * @throws PluginError `PLUGIN_INVALID`.
 */
export function checkPluginOptions(
  { name, options: schema }: PluginDefinition,
  given: unknown,
): unknown | Promise<unknown> {
  if (schema === undefined) {
    if (given === undefined) return undefined;
    throw invalidOptions(name, 'no options', describe(given));
  }
  const read = (result: SchemaResult<unknown>): unknown => {
    if (result.issues)
      throw invalidOptions(name, 'options that fit its schema', issuesText(result.issues, 'options'));
    return result.value;
  };
  const result = schema['~standard'].validate(given ?? {});
  return result instanceof Promise ? result.then(read) : read(result);
}

function kindOf(plugin: object): PluginKind {
  const { kind } = plugin as { kind?: unknown };
  const [known] = Object.entries(BASES).find(([, base]) => base.kind === kind) ?? [];
  return (known as PluginKind | undefined) ?? 'pattern';
}

function checkedDefinition(kind: PluginKind, target: Class<object>): PluginDefinition {
  if (kind === 'pattern') return { name: definitionOf(target).name };
  const base = BASES[kind] as Class<object> & { readonly kind: symbol };
  if ((target as { kind?: unknown }).kind !== base.kind) throw notOfKind(kind, target);
  const definition = target === MemoryTrustStore ? MEMORY : pluginDefinitionOf(target);
  if (definition) return definition;
  const decorator = kind === 'store' ? 'TrustStorePlugin' : 'ConstraintEvaluatorPlugin';
  throw new PluginError('PLUGIN_INVALID', `The class '${target.name}' is not decorated as a ${kind} plugin`, {
    expected: `a class with @${decorator}({ name }), or an instance`,
    received: describe(target),
    remedy: `Add the decorator, or call ${decorator}({ name })(${target.name || 'X'}).`,
  });
}

const notOfKind = (kind: PluginKind, received: unknown): PluginError =>
  new PluginError('PLUGIN_INVALID', `This is not a ${kind}`, {
    expected: `an instance of ${BASES[kind]?.name}, a decorated class, or the name of a plugin`,
    received: describe(received),
    remedy: `Pass one of these as the ${kind} of the container.`,
  });

const notPlugin = (received: unknown): PluginError =>
  new PluginError('PLUGIN_INVALID', '`plugins` must hold only decorated classes', {
    expected: 'classes with @Pattern, @TrustStorePlugin or @ConstraintEvaluatorPlugin',
    received: describe(received),
    remedy: 'Pass the classes that plugin packages export.',
  });

const twice = (key: string): PluginError =>
  new PluginError('PLUGIN_INVALID', `Two plugins have the name '${key.slice(key.lastIndexOf(' ') + 1)}'`, {
    expected: 'one plugin for each kind and name',
    received: 'two',
    remedy: 'Remove one of them from `plugins`.',
  });

const invalidOptions = (name: string, expected: string, received: string): PluginError =>
  new PluginError('PLUGIN_INVALID', `The options of plugin '${name}' are invalid`, {
    expected,
    received,
    remedy: 'Correct the options in the configuration.',
  });
