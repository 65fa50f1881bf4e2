import { ConstraintEvaluator, type ConstraintVerdict, PERMITTED } from '../constraint-evaluator.js';

/** `audit_required`: always met, since nothing runs here without a record. */
export class AuditRequired extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'audit_required';
  }

  evaluate(): ConstraintVerdict {
    return PERMITTED;
  }
}
