/**
 * The options of each pattern by its name, for callers' types. A plugin adds itself:
 *
 * ```ts
 * declare module '@kaizen-eatp/core' {
 *   interface PatternOptions { map_reduce: MapReduceOptions }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: plugins augment it
export interface PatternOptions {}

export type PatternName = keyof PatternOptions extends never ? string : Extract<keyof PatternOptions, string>;

/** What `options` may be for a pattern: what a caller writes, before defaults are filled in. */
export type OptionsOf<Name> = Name extends keyof PatternOptions
  ? PatternOptions[Name]
  : Readonly<Record<string, unknown>>;
