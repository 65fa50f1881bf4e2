/** What is asked of an evaluator. */
export interface ConstraintRequest {
  /** The label as it was signed. */
  readonly label: string;
  readonly action: string;
  readonly resource: string | undefined;
  /** What the caller said about the action, for instance `contains_pii` or `current_time`. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type ConstraintVerdict =
  | { readonly permitted: true }
  | { readonly permitted: false; readonly reason: string };

export const PERMITTED: ConstraintVerdict = { permitted: true };
export const forbidden = (reason: string): ConstraintVerdict => ({ permitted: false, reason });

/**
 * Gives a constraint label its meaning. Extend it and register it as a plugin. An evaluator that throws denies.
 */
export abstract class ConstraintEvaluator {
  /** Recognised by other copies of this package, which have another class of this name. */
  static readonly kind: symbol = Symbol.for('@kaizen-eatp/ConstraintEvaluator');

  /** Whether this evaluator is responsible. @param label - in lower case, as the reference compares labels. */
  abstract matches(label: string): boolean;

  /** Whether an agent under this constraint may act. */
  abstract evaluate(request: ConstraintRequest): ConstraintVerdict;

  /** Whether an agent under this constraint may delegate. Yes by default: what is done is judged when it is done. */
  evaluateDelegation(_request: ConstraintRequest): ConstraintVerdict {
    return PERMITTED;
  }
}
