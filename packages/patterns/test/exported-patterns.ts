import { OrchestrationRuntime } from '@kaizen-eatp/core';
import { PatternExecutor, type PatternPlugin } from '@kaizen-eatp/core/plugin';
import * as exported from '@kaizen-eatp/patterns';

const isPattern = (value: unknown): value is PatternPlugin =>
  value instanceof PatternExecutor ||
  (typeof value === 'function' && value.prototype instanceof PatternExecutor);

const nameOf = (pattern: PatternPlugin): string =>
  new OrchestrationRuntime({ agents: { nobody: () => undefined }, patterns: [pattern] })
    .patternNames[0] as string;

/** Every pattern that the package exports, found rather than listed, so that none can be forgotten. */
export const exportedPatterns: readonly (readonly [name: string, pattern: PatternPlugin])[] = (
  Object.values(exported) as unknown[]
)
  .filter(isPattern)
  .map((pattern) => [nameOf(pattern), pattern] as const);
