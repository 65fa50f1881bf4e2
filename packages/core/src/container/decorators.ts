import { ConstraintEvaluator } from '../constraints/index.js';
import { describe, PluginError } from '../errors/index.js';
import { type PatternDefinition, PLUGIN_API_VERSION, registerPattern } from '../pattern/definition.js';
import type { PatternExecutor } from '../pattern/index.js';
import { TrustStore } from '../store/index.js';
import { expectKnownNames, isStandardSchema, type StandardSchema } from '../wire/index.js';

type Class<T> = abstract new (...args: never[]) => T;

/**
 * Makes a class a pattern. Works as a decorator of either kind, and as a function: `Pattern({ name })(MyPattern)`.
 *
 * ```ts
 * @Pattern({ name: 'map_reduce', options: z.object({ chunk: z.number().int().positive() }) })
 * export class MapReduce extends PatternExecutor<MapReduceOptions> { … }
 * ```
 *
 * @throws PluginError `PLUGIN_INVALID` where the class is defined, for a bad name or a class without `execute`.
 */
export function Pattern<Name extends string, Options = Record<string, never>>(
  definition: PatternDefinition<Name, Options>,
) {
  return <T extends Class<PatternExecutor<Options>>>(patternClass: T): T => {
    registerPattern(patternClass as never, definition as unknown as PatternDefinition<string, never>);
    return patternClass;
  };
}

/** The description of a store plugin or an evaluator plugin, in its decorator. */
export interface PluginDefinition {
  /** The name by which a configuration selects the plugin: lower-case letters, digits, `_` and `-`. */
  readonly name: string;
  /** The version of the plugin interface that the plugin was written for. Default: the present one. */
  readonly apiVersion?: number;
  /** Checks and completes the options of the configuration: any Standard Schema. Default: it takes no options. */
  readonly options?: StandardSchema;
}

/** Makes a class that extends `TrustStore` a plugin: a store that a container can make and a configuration can name. */
export function TrustStorePlugin(definition: PluginDefinition) {
  return <T extends Class<TrustStore>>(storeClass: T): T =>
    registerPlugin(storeClass, definition, TrustStore);
}

/** Makes a class that extends `ConstraintEvaluator` a plugin: one that a container can make and a configuration can name. */
export function ConstraintEvaluatorPlugin(definition: PluginDefinition) {
  return <T extends Class<ConstraintEvaluator>>(evaluatorClass: T): T =>
    registerPlugin(evaluatorClass, definition, ConstraintEvaluator);
}

const SHARED_DEFINITION = Symbol.for('@kaizen-eatp/plugin');

/**
 * Returns the definition in the decorator of a store or evaluator class. The decorator of its base class does not
 * count.
 */
export function pluginDefinitionOf(pluginClass: object): PluginDefinition | undefined {
  return Object.hasOwn(pluginClass, SHARED_DEFINITION)
    ? (pluginClass as { [SHARED_DEFINITION]?: PluginDefinition })[SHARED_DEFINITION]
    : undefined;
}

function registerPlugin<T extends Class<object>>(
  pluginClass: T,
  given: PluginDefinition,
  base: Class<object> & { readonly kind: symbol },
): T {
  const { name, apiVersion = PLUGIN_API_VERSION, options } = given ?? {};
  expectKnownNames(given ?? {}, ['name', 'options', 'apiVersion'], `plugin '${name}'`);
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(name)) {
    throw new PluginError('PLUGIN_INVALID', 'A plugin needs a `name`', {
      expected: 'lower-case letters, digits, `_` and `-`, for instance file_store',
      received: describe(name),
      remedy: 'Pass it to the decorator: { name }.',
    });
  }
  if (
    (pluginClass as { kind?: unknown } | undefined)?.kind !== base.kind ||
    (pluginClass as unknown) === base
  ) {
    throw new PluginError('PLUGIN_INVALID', `Plugin '${name}' is not of the right kind`, {
      expected: `a class that extends ${base.name}`,
      received: describe(pluginClass),
      remedy: `Write: class ${pluginClass?.name || 'X'} extends ${base.name}.`,
    });
  }
  if (options !== undefined && !isStandardSchema(options)) {
    throw new PluginError('PLUGIN_INVALID', `The \`options\` of plugin '${name}' must be a Standard Schema`, {
      expected: 'a schema of a library that implements Standard Schema, for instance zod',
      received: describe(options),
      remedy: 'Pass a schema, or omit `options` for a plugin without options.',
    });
  }
  if (apiVersion !== PLUGIN_API_VERSION) {
    throw new PluginError(
      'PLUGIN_INCOMPATIBLE',
      `Plugin '${name}' was written for another plugin interface`,
      {
        expected: `version ${PLUGIN_API_VERSION}, which this @kaizen-eatp/core offers`,
        received: `version ${apiVersion}`,
        remedy: 'Install a version of the plugin for it, or another @kaizen-eatp/core.',
      },
    );
  }
  // Kept on the class itself, so that a plugin built against another copy of this package is recognised.
  Object.defineProperty(pluginClass, SHARED_DEFINITION, {
    value: Object.freeze({ name, apiVersion, options }),
    configurable: true,
  });
  return pluginClass;
}
