import { parseOptions } from '../wire/index.js';
import { holdersOf, type RunBudget, type Spender } from './budget.js';
import { type ReportedUsage, usageField } from './budget-terms.js';
import type { Call } from './lifecycle.js';
import type { Scope } from './make-context.js';

/** Counts what an agent reports. @throws InvalidArgumentError, EatpError `INVOCATION_ENDED`. */
export function countReport(budget: RunBudget, scope: Scope, given: ReportedUsage): void {
  const { call } = scope;
  call.expectInProgress();
  const { tokens = 0, cost = 0 } = parseOptions(usageField, given, 'reportUsage()');
  const before = call.usage ?? { tokens: 0, cost: 0 };
  call.usage = { tokens: before.tokens + tokens, cost: before.cost + cost };
  budget.report(scope, { tokens, cost });
}

/** Counts how long an agent worked that the pattern invoked; the calls inside its invocation are part of that time. */
export function countTime(
  budget: RunBudget,
  spender: Spender,
  { depth }: Call,
  startedAt: number,
  endedAt: number,
): void {
  if (depth === 0) budget.add({ time: Math.max(0, endedAt - startedAt) }, holdersOf(spender));
}
