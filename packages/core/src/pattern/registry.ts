import {
  describe,
  describeThrown,
  InvalidArgumentError,
  InvalidPatternOptionsError,
  PluginError,
  UnknownPatternError,
} from '../errors/index.js';
import { issuesText, type SchemaResult, type StandardSchema } from '../wire/standard-schema.js';
import { definitionOf, NO_OPTIONS } from './definition.js';
import type { PatternExecutor } from './pattern.js';

/** A pattern class, or an instance of one. */
export type PatternPlugin = PatternExecutor<never> | (new () => PatternExecutor<never>);

/** Finds patterns by their exact names: a misspelt name must not run another pattern. */
export class PatternRegistry {
  readonly #executors = new Map<string, PatternExecutor<unknown>>();

  /** @throws InvalidArgumentError, PluginError. */
  constructor(patterns: readonly PatternPlugin[]) {
    if (!Array.isArray(patterns)) {
      throw new InvalidArgumentError('`patterns` must be a list', {
        expected: 'an array, for instance [sequential]',
        received: describe(patterns),
        remedy: 'Put the pattern into an array.',
      });
    }
    for (const pattern of patterns) {
      const { name } = definitionOf(pattern);
      if (this.#executors.has(name)) {
        throw new PluginError('PLUGIN_INVALID', `There are two patterns '${name}'`, {
          remedy: 'Give the runtime only one of them.',
          evidence: { name },
        });
      }
      const executor = typeof pattern === 'function' ? new pattern() : pattern;
      this.#executors.set(name, executor as PatternExecutor<unknown>);
    }
  }

  /** The names of all patterns. */
  get names(): string[] {
    return [...this.#executors.keys()];
  }

  /** @throws UnknownPatternError. */
  get(name: string): PatternExecutor<unknown> {
    const executor = this.#executors.get(name);
    if (!executor) throw new UnknownPatternError(String(name), this.names, nearest(String(name), this.names));
    return executor;
  }

  /**
   * Checks and completes the options of a run with the schema of the pattern.
   *
   * @throws InvalidPatternOptionsError, or PluginError `PLUGIN_INVALID` if the schema fails or answers with a promise.
   */
  parseOptions(name: string, options: unknown): unknown {
    const schema = definitionOf(this.get(name)).options ?? NO_OPTIONS;
    const parsed = checked(name, schema, options ?? {});
    if (parsed.issues) {
      const issues = issuesText(parsed.issues, 'options');
      throw new InvalidPatternOptionsError(name, issues, optionNames(schema));
    }
    return parsed.value;
  }
}

/** Zod's schemas tell the names of their fields; the interface that all schemas share has no word for it. */
function optionNames(schema: object): string[] | undefined {
  const { shape } = schema as { shape?: unknown };
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : undefined;
}

/** The name with the fewest edits, if it is close enough to be a typing error. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: edits(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

function checked(name: string, schema: StandardSchema, options: unknown): SchemaResult<unknown> {
  try {
    const result = schema['~standard'].validate(options);
    if (!('then' in result)) return result;
    // No caller awaits it, so a rejection must not end the process.
    Promise.resolve(result).catch(() => {});
  } catch (cause) {
    throw unfitSchema(name, describeThrown(cause), cause);
  }
  throw unfitSchema(name, 'a promise');
}

function unfitSchema(name: string, received: string, cause?: unknown): PluginError {
  return new PluginError('PLUGIN_INVALID', `The options of pattern '${name}' cannot be checked`, {
    expected: 'a synchronous schema',
    received,
    remedy: 'Correct the schema of the pattern.',
    ...(cause !== undefined && { cause }),
  });
}
