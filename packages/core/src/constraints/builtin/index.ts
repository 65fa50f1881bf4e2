import type { ConstraintEvaluator } from '../constraint-evaluator.js';
import { AuditRequired } from './audit-required.js';
import { BlackboardWriteOnly } from './blackboard-write-only.js';
import { BudgetLabel } from './budget-label.js';
import { BusinessHours } from './business-hours.js';
import { HumanApproval } from './human-approval.js';
import { NoDelegation } from './no-delegation.js';
import { NoPiiExport } from './no-pii-export.js';
import { ReadOnly } from './read-only.js';

/** Creates the evaluators of the labels that are enforced without a plugin. */
export const builtinConstraintEvaluators = (): ConstraintEvaluator[] => [
  new ReadOnly(),
  new BusinessHours(),
  new NoPiiExport(),
  new NoDelegation(),
  new AuditRequired(),
  new BlackboardWriteOnly(),
  new HumanApproval(),
  new BudgetLabel(),
];

/**
 * The labels that are enforced without a plugin. A label that ends in `…` stands for all labels that start with the
 * part before it.
 */
export const BUILTIN_LABELS: readonly string[] = Object.freeze([
  'read_only',
  'business_hours_only',
  'time_window…',
  'no_pii_export',
  'no_delegation',
  'audit_required',
  'blackboard_write_only',
  'human_approval:…',
  'budget:…',
]);
