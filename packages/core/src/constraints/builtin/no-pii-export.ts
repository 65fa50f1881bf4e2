import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';

/** `no_pii_export`: denies an action whose name contains "export" when `context.contains_pii` is set. */
export class NoPiiExport extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'no_pii_export';
  }

  evaluate({ action, context }: ConstraintRequest): ConstraintVerdict {
    const containsPii = Boolean(context.contains_pii ?? context.containsPii);
    return containsPii && action.toLowerCase().includes('export')
      ? forbidden('data with personal information may not be exported')
      : PERMITTED;
  }
}
