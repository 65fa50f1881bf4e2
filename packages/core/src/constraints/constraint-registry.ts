import { AuditRequired } from './builtin/audit-required.js';
import { BlackboardWriteOnly } from './builtin/blackboard-write-only.js';
import { BusinessHours } from './builtin/business-hours.js';
import { NoDelegation } from './builtin/no-delegation.js';
import { NoPiiExport } from './builtin/no-pii-export.js';
import { ReadOnly } from './builtin/read-only.js';
import {
  ConstraintEvaluator,
  type ConstraintRequest,
  type ConstraintVerdict,
} from './constraint-evaluator.js';

export interface ConstraintViolation {
  readonly constraint: string;
  readonly reason: string;
}

export interface ConstraintReport {
  readonly violations: readonly ConstraintViolation[];
  /** Labels that no evaluator gives a meaning: allowed, but nobody should take them for protection. */
  readonly unenforced: readonly string[];
}

export const builtinConstraintEvaluators = (): ConstraintEvaluator[] => [
  new ReadOnly(),
  new BusinessHours(),
  new NoPiiExport(),
  new NoDelegation(),
  new AuditRequired(),
  new BlackboardWriteOnly(),
];

/** Finds who is responsible for each label and asks them all. */
export class ConstraintRegistry {
  readonly #evaluators: readonly ConstraintEvaluator[];
  readonly #byLabel = new Map<string, readonly ConstraintEvaluator[]>();

  /** @param evaluators - beside the built-in ones. All that match a label must permit. */
  constructor(evaluators: readonly ConstraintEvaluator[] = []) {
    this.#evaluators = [...builtinConstraintEvaluators(), ...evaluators];
  }

  /** What the constraints say of an action. */
  evaluate(labels: Iterable<string>, request: Omit<ConstraintRequest, 'label'>): ConstraintReport {
    return this.askAll(labels, request, (evaluator, question) => evaluator.evaluate(question));
  }

  /** What the constraints say of delegating. */
  evaluateDelegation(labels: Iterable<string>, now: number): ConstraintReport {
    const request = { action: 'delegate', resource: undefined, context: {}, now };
    return this.askAll(labels, request, (evaluator, question) => evaluator.evaluateDelegation(question));
  }

  private askAll(
    labels: Iterable<string>,
    request: Omit<ConstraintRequest, 'label'>,
    question: (evaluator: ConstraintEvaluator, request: ConstraintRequest) => ConstraintVerdict,
  ): ConstraintReport {
    const violations: ConstraintViolation[] = [];
    const unenforced: string[] = [];
    for (const label of labels) {
      const responsible = this.responsibleFor(label);
      if (responsible.length === 0) unenforced.push(label);
      for (const evaluator of responsible) {
        const verdict = ask(() => question(evaluator, { ...request, label }));
        if (!verdict.permitted) violations.push({ constraint: label, reason: verdict.reason });
      }
    }
    return { violations, unenforced };
  }

  private responsibleFor(label: string): readonly ConstraintEvaluator[] {
    let responsible = this.#byLabel.get(label);
    if (!responsible) {
      const lower = label.toLowerCase();
      responsible = this.#evaluators.flatMap((evaluator) => ifResponsible(evaluator, lower));
      if (this.#byLabel.size > 10_000) this.#byLabel.clear();
      this.#byLabel.set(label, responsible);
    }
    return responsible;
  }
}

function ifResponsible(evaluator: ConstraintEvaluator, label: string): ConstraintEvaluator[] {
  try {
    return evaluator.matches(label) ? [evaluator] : [];
  } catch (error) {
    return [new Faulty(error)];
  }
}

/** In the place of an evaluator that cannot even say whether it is responsible: it denies by throwing again. */
class Faulty extends ConstraintEvaluator {
  constructor(private readonly error: unknown) {
    super();
  }

  matches(): boolean {
    return true;
  }

  evaluate(): ConstraintVerdict {
    throw this.error;
  }

  override evaluateDelegation(): ConstraintVerdict {
    throw this.error;
  }
}

function ask(question: () => ConstraintVerdict): ConstraintVerdict {
  try {
    const verdict = question();
    // Whatever is not a clear yes denies: an evaluator written without types might return anything.
    return verdict?.permitted === true
      ? verdict
      : {
          permitted: false,
          reason: (verdict as { reason?: string } | undefined)?.reason ?? 'the evaluator gave no verdict',
        };
  } catch (error) {
    return { permitted: false, reason: `the evaluator failed: ${(error as Error)?.message ?? error}` };
  }
}
