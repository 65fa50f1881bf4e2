/** One thing that a specialist put on the blackboard. */
export interface Contribution {
  readonly specialist: string;
  /** From 1. */
  readonly round: number;
  /** `type` of what was contributed if that is a text, else `insight`. */
  readonly type: string;
  readonly content: unknown;
}

/**
 * What all can see: the problem, and everything contributed so far in order. Contributions are only ever added, so
 * two of one round cannot overwrite each other.
 */
export interface BlackboardState {
  readonly input: unknown;
  readonly contributions: readonly Contribution[];
}

export function typeOf(content: unknown): string {
  const type = (content as { type?: unknown } | null)?.type;
  return typeof type === 'string' && type.length > 0 ? type : 'insight';
}
