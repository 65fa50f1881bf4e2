import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';

/** The actions of taking part, being invoked, and working at a blackboard. */
const CONTRIBUTING = new Set([
  'orchestration_participation',
  'execute',
  'analyze',
  'contribute',
  'blackboard_contribution',
]);

/**
 * `blackboard_write_only`: the holder can look at the blackboard and contribute to it, and nothing else. Permitted are
 * the actions `execute`, `analyze`, `contribute` and `blackboard_contribution` (and taking part at all), by exactly
 * these names. Tools are denied whatever their capability, and so is delegation: either would let a contribution reach
 * beyond the blackboard.
 */
export class BlackboardWriteOnly extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'blackboard_write_only';
  }

  evaluate({ action, resource }: ConstraintRequest): ConstraintVerdict {
    if (resource?.startsWith('tool:')) return forbidden(`'${resource}' reaches beyond the blackboard`);
    return CONTRIBUTING.has(action)
      ? PERMITTED
      : forbidden(`'${action}' is not a contribution to the blackboard`);
  }

  override evaluateDelegation(): ConstraintVerdict {
    return forbidden('an agent that can only contribute must not delegate');
  }
}
