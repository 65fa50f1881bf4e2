/**
 * The options of each pattern by its name, for callers' types. A plugin adds itself:
 *
 * ```ts
 * declare module '@kaizen-eatp/core/plugin' {
 *   interface PatternOptions { map_reduce: MapReduceOptions }
 *   interface PatternResults { map_reduce: MapReduceResult }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: plugins augment it
export interface PatternOptions {}

/** The results of runs, by the name of the pattern. The result of a pattern that is not listed is `unknown`. */
// biome-ignore lint/suspicious/noEmptyInterface: plugins augment it
export interface PatternResults {}

/** The names of the patterns whose types are known. */
export type PatternName = Extract<keyof PatternOptions, string>;

/** The type of `options` for a pattern, as a caller writes them: before defaults are filled in. */
export type OptionsOf<Name> = Name extends keyof PatternOptions
  ? PatternOptions[Name]
  : Readonly<Record<string, unknown>>;

/** The type of the result of a run by a pattern. */
export type ResultOf<Name> = Name extends keyof PatternResults ? PatternResults[Name] : unknown;

/**
 * Accepts a known name, or a `string` whose value is not known at compile time; a literal that no pattern has does not
 * compile as soon as the types of any pattern are known.
 */
export type CheckedName<Name extends string> = string extends Name
  ? Name
  : [PatternName] extends [never]
    ? Name
    : PatternName;
