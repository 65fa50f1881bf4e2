import * as z from 'zod';
import { describe, PluginError } from '../errors/index.js';
import { expectKnownNames, isStandardSchema, type StandardSchema } from '../wire/index.js';
import { type PatternExecution, PatternExecutor } from './pattern.js';

/** The version of the plugin interface. Raised when a plugin written for the version before would no longer work. */
export const PLUGIN_API_VERSION = 1;

/** The name, options and interface version of a pattern. */
export interface PatternDefinition<Name extends string = string, Options = unknown> {
  /** The name by which callers select it: lower case, digits and underscores. */
  readonly name: Name;
  /**
   * The schema that checks and completes the `options` of callers: zod's, or that of any library with Standard Schema.
   * Default: no options.
   */
  readonly options?: StandardSchema<Options>;
  /** The version of the plugin interface that it was written for. Default: the present one. */
  readonly apiVersion?: number;
}

type PatternClass = abstract new (...args: never[]) => PatternExecutor<never>;

const definitions = new WeakMap<object, PatternDefinition>();
const SHARED_DEFINITION = Symbol.for('@kaizen-eatp/pattern');

/** @throws PluginError `PLUGIN_INVALID`, InvalidArgumentError for an unknown option. */
export function registerPattern(
  patternClass: PatternClass,
  definition: PatternDefinition<string, never>,
): void {
  const { name } = definition;
  // A misspelt `apiVersion` would take a plugin for one of the present interface.
  expectKnownNames(definition, ['name', 'options', 'apiVersion', 'execute'], `pattern '${name}'`);
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new PluginError('PLUGIN_INVALID', 'A pattern needs a name', {
      expected: 'lower-case letters, digits and underscores, for instance map_reduce',
      received: describe(name),
      remedy: 'Pass it to @Pattern({ name }).',
    });
  }
  if (typeof patternClass?.prototype?.execute !== 'function') {
    throw withoutExecute(name, patternClass);
  }
  if (definition.options !== undefined && !isStandardSchema(definition.options)) {
    throw new PluginError('PLUGIN_INVALID', `The options of pattern '${name}' are not a schema`, {
      expected: 'a schema of zod, or of another library that implements version 1 of Standard Schema',
      received: describe(definition.options),
      remedy: 'Pass options: z.strictObject({ … }), or omit `options`.',
    });
  }
  definitions.set(patternClass, definition as PatternDefinition);
  // Also kept on the class itself, so that a plugin built against another copy of this package is recognised.
  Object.defineProperty(patternClass, SHARED_DEFINITION, { value: definition });
}

/** @throws PluginError `PLUGIN_INVALID`, or `PLUGIN_INCOMPATIBLE` for another version of the interface. */
export function definitionOf(pattern: unknown): PatternDefinition {
  const patternClass = typeof pattern === 'function' ? pattern : (pattern as object | null)?.constructor;
  const shared = patternClass as { [SHARED_DEFINITION]?: PatternDefinition } | undefined;
  const definition = patternClass && (definitions.get(patternClass) ?? shared?.[SHARED_DEFINITION]);
  if (!definition) {
    throw new PluginError('PLUGIN_INVALID', 'This is not a pattern', {
      expected: 'a class with @Pattern({ name }), an instance of one, or what definePattern() returns',
      received: describe(pattern),
      remedy: 'Add the decorator, or correct the import.',
    });
  }
  const version = definition.apiVersion ?? PLUGIN_API_VERSION;
  if (version !== PLUGIN_API_VERSION) {
    throw new PluginError(
      'PLUGIN_INCOMPATIBLE',
      `Pattern '${definition.name}' was written for another plugin interface`,
      {
        expected: `version ${PLUGIN_API_VERSION}, which this @kaizen-eatp/core offers`,
        received: `version ${version}`,
        remedy: `Install a version of the plugin for interface ${PLUGIN_API_VERSION}, or another @kaizen-eatp/core.`,
      },
    );
  }
  return definition;
}

/** Makes a pattern from a function. @throws PluginError `PLUGIN_INVALID`. */
export function definePattern<Name extends string, Options = Record<string, never>>(
  definition: PatternDefinition<Name, Options> & {
    execute(execution: PatternExecution<Options>): Promise<unknown>;
  },
): PatternExecutor<Options> {
  const { execute } = definition;
  if (typeof execute !== 'function') throw withoutExecute(definition.name, definition);
  class DefinedPattern extends PatternExecutor<Options> {
    execute(execution: PatternExecution<Options>): Promise<unknown> {
      return execute(execution);
    }
  }
  Object.defineProperty(DefinedPattern, 'name', { value: `Pattern(${definition.name})` });
  registerPattern(DefinedPattern, definition as PatternDefinition<string, never>);
  return new DefinedPattern();
}

const withoutExecute = (name: string, received: unknown): PluginError =>
  new PluginError('PLUGIN_INVALID', `Pattern '${name}' has no method execute`, {
    expected: 'a class that extends PatternExecutor, or a definition with execute',
    received: describe(received),
    remedy: 'Implement execute(execution).',
  });

/** The schema of a pattern without options. */
export const NO_OPTIONS = z.strictObject({});
