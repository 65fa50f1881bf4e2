import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';

/** `no_delegation`: the holder can act, but cannot delegate. */
export class NoDelegation extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'no_delegation';
  }

  evaluate(): ConstraintVerdict {
    return PERMITTED;
  }

  override evaluateDelegation(): ConstraintVerdict {
    return forbidden('the delegator is restricted from delegating');
  }
}
