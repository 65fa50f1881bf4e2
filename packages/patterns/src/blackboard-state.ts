/** A specialist's contribution to the blackboard. */
export interface Contribution {
  /** The specialist's name. */
  readonly specialist: string;
  /** The round in which it was made, from 1. */
  readonly round: number;
  /** The field `type` of the contribution if that is a string, else `insight`. */
  readonly type: string;
  /** The specialist's output. */
  readonly content: unknown;
}

/**
 * The blackboard, which all agents see. Contributions are only added, so two contributions of one round cannot overwrite
 * each other.
 */
export interface BlackboardState {
  /** The problem: the run's input. */
  readonly input: unknown;
  /** All contributions, in order. */
  readonly contributions: readonly Contribution[];
}

/** Returns the type of a contribution. */
export function typeOf(content: unknown): string {
  const type = (content as { type?: unknown } | null)?.type;
  return typeof type === 'string' && type.length > 0 ? type : 'insight';
}
