import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';

/** Forms with spaces belong to the label too, so that none of them stays without enforcement. */
const PREFIX = /^\s*budget\s*:/i;

/** What a budget limits. */
export const BUDGET_UNITS = ['calls', 'tokens', 'cost', 'time'] as const;

/** One of {@link BUDGET_UNITS}. */
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** Whether a label is a budget. */
export const isBudgetLabel = (label: string): boolean => PREFIX.test(label);

/**
 * Reads `budget:tokens=1000` or `budget:calls=20,cost=5.5`.
 *
 * @returns undefined for a label that cannot be read.
 */
export function readBudgetLabel(label: string): Readonly<Partial<Record<BudgetUnit, number>>> | undefined {
  const limits: Partial<Record<BudgetUnit, number>> = {};
  for (const part of label.replace(PREFIX, '').toLowerCase().split(',')) {
    const [, unit, amount] =
      /^\s*(calls|tokens|cost|time)\s*=\s*(\d{1,15}(?:\.\d{1,9})?)\s*$/.exec(part) ?? [];
    if (unit === undefined || limits[unit as BudgetUnit] !== undefined) return undefined;
    limits[unit as BudgetUnit] = Number(amount);
  }
  return limits;
}

/**
 * `budget:…`: refuses a label that cannot be read. The guard itself counts what is used, in the run and in the runs inside
 * it, and denies an act beyond the budget.
 */
export class BudgetLabel extends ConstraintEvaluator {
  matches(label: string): boolean {
    return isBudgetLabel(label);
  }

  evaluate({ label, guarded }: ConstraintRequest): ConstraintVerdict {
    return guarded && !readBudgetLabel(label) ? forbidden(NOT_READABLE) : PERMITTED;
  }

  override findProblem(label: string): string | undefined {
    return readBudgetLabel(label) ? undefined : NOT_READABLE;
  }
}

const NOT_READABLE =
  'it must name amounts of calls, tokens, cost or time, for instance budget:tokens=1000,cost=5.5';
