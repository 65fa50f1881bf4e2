import { type AgentUsage, UsageTotal } from '../chain/index.js';
import {
  BUDGET_UNITS,
  type BudgetUnit,
  isBudgetLabel,
  readBudgetLabel,
} from '../constraints/builtin/budget-label.js';
import type { Actor } from './actor.js';
import { type Basis, delegationIds } from './basis.js';
import type { Budget } from './budget-terms.js';

/** The usage in each unit. */
export type Spent = Record<BudgetUnit, number>;

/** A budget that does not permit an act. */
export interface Exhausted {
  /** The name of the limit: `budget.` and the unit, or the label. */
  readonly constraint: string;
  /** Why it does not permit the act. */
  readonly reason: string;
}

/** The user of a budget: an agent, and the delegation that it acts under. */
export interface Spender {
  /** The agent. */
  readonly actor: Actor;
  /** The delegation; undefined: the agent's own right. */
  readonly basis: Basis | undefined;
}

const nothing = (): Spent => ({ calls: 0, tokens: 0, cost: 0, time: 0 });

/** Counts what a run uses. A run inside another one counts for both. */
export class RunBudget {
  /** The usage of the run and of the runs inside it. */
  readonly spent: Spent = nothing();
  /** The usage that the agents of the run and of the runs inside it reported. */
  readonly reported = new UsageTotal();
  /** The usage under each delegation, and that of each agent, in the outermost run. */
  readonly #byHolder: Map<string, Spent>;

  /**
   * @param limits - the run's own limits; undefined: none.
   * @param outer - the budget of the run around it.
   */
  constructor(
    private readonly limits: Budget | undefined,
    private readonly outer: RunBudget | undefined,
  ) {
    this.#byHolder = outer ? outer.#byHolder : new Map();
  }

  /**
   * Counts a call that is about to be made.
   *
   * @param labels - the constraint labels that were verified.
   * @returns the budget that does not permit it.
   */
  take(spender: Spender, labels: readonly string[]): Exhausted | undefined {
    const exhausted = this.#findExhausted() ?? this.#findExhaustedLabel(spender, labels);
    if (!exhausted) this.add({ calls: 1 }, holdersOf(spender));
    return exhausted;
  }

  /** Counts what was used. @param holders - the ids of the agent and of the delegations that it was used under. */
  add(used: Partial<Spent>, holders: readonly string[]): void {
    for (let run: RunBudget | undefined = this; run; run = run.outer) addTo(run.spent, used);
    for (const id of holders) {
      const spent = this.#byHolder.get(id) ?? nothing();
      this.#byHolder.set(id, spent);
      addTo(spent, used);
    }
  }

  /** Counts what an agent reports. */
  report(spender: Spender, used: AgentUsage): void {
    for (let run: RunBudget | undefined = this; run; run = run.outer)
      run.reported.add(spender.actor.id, used);
    this.add(used, holdersOf(spender));
  }

  /** Counts what was used before this process took the run over; the run around it has counted it by itself. */
  restore(used: Partial<Spent>, holders: readonly string[]): void {
    if (this.outer) addTo(this.spent, used);
    else this.add(used, holders);
  }

  #findExhausted(): Exhausted | undefined {
    for (let run: RunBudget | undefined = this; run; run = run.outer) {
      const unit = run.limits && exhaustedUnit(run.limits, run.spent);
      if (unit) return exhaustedBy(`budget.${unit}`, unit, run.limits?.[unit] as number);
    }
    return undefined;
  }

  #findExhaustedLabel(spender: Spender, labels: readonly string[]): Exhausted | undefined {
    for (const { holder, label } of labelsOf(spender, labels)) {
      const limits = readBudgetLabel(label) ?? {};
      const unit = exhaustedUnit(limits, this.#byHolder.get(holder) ?? nothing());
      if (unit) return exhaustedBy(label, unit, limits[unit] as number);
    }
    return undefined;
  }
}

/** The ids under which the acts of a spender count. */
export const holdersOf = ({ actor, basis }: Spender): readonly string[] => [
  ...delegationIds(basis),
  actor.id,
];

/**
 * The budget labels in force, each with its holder, under whose id usage counts: the delegation that added the label, or
 * the agent if no delegation did.
 */
function labelsOf(
  { actor, basis }: Spender,
  verified: readonly string[],
): readonly { holder: string; label: string }[] {
  const { effectiveConstraints } = actor.agent as { readonly effectiveConstraints: readonly string[] };
  const path = basis?.path ?? [];
  const inherited = new Set(path.flatMap(({ record }) => record.constraintSubset));
  // The chain that was verified can have labels that this process has not seen yet.
  const own = new Set([...effectiveConstraints, ...verified.filter((label) => !inherited.has(label))]);
  const found = [...own].filter(isBudgetLabel).map((label) => ({ holder: actor.id, label }));
  for (const [i, { record }] of path.entries()) {
    const above = path[i + 1]?.record.constraintSubset ?? [];
    for (const label of record.constraintSubset)
      if (isBudgetLabel(label) && !above.includes(label)) found.push({ holder: record.id, label });
  }
  return found;
}

function exhaustedUnit(limits: Budget, spent: Spent): BudgetUnit | undefined {
  return BUDGET_UNITS.find((unit) => {
    const limit = limits[unit];
    return limit !== undefined && spent[unit] >= limit;
  });
}

const exhaustedBy = (constraint: string, unit: BudgetUnit, limit: number): Exhausted => ({
  constraint,
  reason: `the budget of ${limit} ${unit === 'time' ? 'ms of work' : unit} is used up`,
});

function addTo(spent: Spent, used: Partial<Spent>): void {
  for (const unit of BUDGET_UNITS) spent[unit] += used[unit] ?? 0;
}
