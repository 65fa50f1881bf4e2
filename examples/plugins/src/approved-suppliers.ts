import {
  ConstraintEvaluator,
  ConstraintEvaluatorPlugin,
  type ConstraintRequest,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '@kaizen-eatp/core/plugin';
import { SUPPLIERS, type Suppliers } from './suppliers.ts';

/** An evaluator plugin: an agent under `approved_suppliers` acts only on offers of approved suppliers. */
@ConstraintEvaluatorPlugin({ name: 'approved_suppliers' })
export class ApprovedSuppliers extends ConstraintEvaluator {
  static readonly inject = [SUPPLIERS];

  constructor(private readonly suppliers: Suppliers) {
    super();
  }

  matches(label: string): boolean {
    return label === 'approved_suppliers';
  }

  evaluate({ guarded, input }: ConstraintRequest): ConstraintVerdict {
    // verify() alone does not know the input; the guard asks again before the agent acts.
    if (!guarded) return PERMITTED;
    const { supplier } = (input ?? {}) as { supplier?: unknown };
    if (supplier === undefined) return PERMITTED;
    return this.suppliers.isApproved(String(supplier)) ? PERMITTED : forbidden(`${supplier} is not approved`);
  }
}
