import type { ConstraintRequest } from './constraint-request.js';

/** An evaluator's answer. Create it with {@link PERMITTED} or {@link forbidden}. */
export type ConstraintVerdict =
  | {
      /** The action is within the constraint. */
      readonly permitted: true;
      /** Whether the evaluator could not enforce all that the label says. The label is then reported as unenforced. */
      readonly unenforced?: boolean;
    }
  | {
      /** The action violates the constraint. */
      readonly permitted: false;
      /** Why, for the denial and the signed record. */
      readonly reason: string;
    };

/** The verdict that permits. */
export const PERMITTED: ConstraintVerdict = Object.freeze({ permitted: true });

/** Creates the verdict that denies. @param reason - for the denial and the signed record. */
export const forbidden = (reason: string): ConstraintVerdict => Object.freeze({ permitted: false, reason });

/**
 * Gives a constraint label its meaning. Extend it, or use `defineConstraint`, and register the result as a plugin.
 * Evaluators answer synchronously. An evaluator that throws denies, and so does one that returns a promise.
 */
export abstract class ConstraintEvaluator {
  /** Lets other copies of this package, which have their own class of this name, recognise an instance. */
  static readonly kind: symbol = Symbol.for('@kaizen-eatp/ConstraintEvaluator');

  /** Whether this evaluator is responsible. @param label - in lower case, as the reference compares labels. */
  abstract matches(label: string): boolean;

  /** Whether an agent under this constraint is allowed to act. */
  abstract evaluate(request: ConstraintRequest): ConstraintVerdict;

  /**
   * Whether an agent under this constraint is allowed to delegate. Yes by default, since every action is evaluated
   * when it is done.
   */
  evaluateDelegation(_request: ConstraintRequest): ConstraintVerdict {
    return PERMITTED;
  }

  /**
   * Returns what is wrong with a label, such as a parameter that cannot be read. Establishing an agent with such a
   * label is refused. By default no label is wrong. @param label - as it will be signed.
   */
  findProblem(_label: string): string | undefined {
    return undefined;
  }
}
