import 'reflect-metadata';
import { injectable } from 'tsyringe';
import { ConstraintEvaluator } from '../constraints/index.js';
import { describe, PluginError } from '../errors/index.js';
import { type PatternDefinition, PLUGIN_API_VERSION, registerPattern } from '../pattern/definition.js';
import type { PatternExecutor } from '../pattern/index.js';
import { TrustStore } from '../store/index.js';

type Class<T> = abstract new (...args: never[]) => T;

/**
 * Makes a class a pattern.
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
    return asInjectable(patternClass);
  };
}

/** What a store or evaluator plugin says of itself. */
export interface PluginDefinition {
  readonly name: string;
  /** The plugin interface it was written for. Default: the present one. */
  readonly apiVersion?: number;
}

/** Makes a class that extends `TrustStore` a store that the container can make. */
export function TrustStorePlugin(definition: PluginDefinition) {
  return <T extends Class<TrustStore>>(storeClass: T): T =>
    describePlugin(storeClass, definition, TrustStore);
}

/** Makes a class that extends `ConstraintEvaluator` one that the container can make. */
export function ConstraintEvaluatorPlugin(definition: PluginDefinition) {
  return <T extends Class<ConstraintEvaluator>>(evaluatorClass: T): T =>
    describePlugin(evaluatorClass, definition, ConstraintEvaluator);
}

function describePlugin<T extends Class<object>>(
  pluginClass: T,
  definition: PluginDefinition,
  base: Class<object> & { readonly kind: symbol },
): T {
  const { name, apiVersion = PLUGIN_API_VERSION } = definition;
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
  return asInjectable(pluginClass);
}

function asInjectable<T extends Class<object>>(pluginClass: T): T {
  injectable()(pluginClass as never);
  return pluginClass;
}
