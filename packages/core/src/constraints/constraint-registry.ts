import { builtinConstraintEvaluators } from './builtin/index.js';
import { findEmptyWindow } from './builtin/written-window.js';
import { ConstraintEvaluator, type ConstraintVerdict, forbidden, PERMITTED } from './constraint-evaluator.js';
import { type ConstraintFacts, type ConstraintRequest, RequestMaker } from './constraint-request.js';
import { askForVerdict, ignorePromise, messageOf } from './read-verdict.js';

/** A constraint that an action violates. */
export interface ConstraintViolation {
  /** The label as it was signed; for a limit that is not a label, its name. */
  readonly constraint: string;
  /** Why the action violates the constraint. */
  readonly reason: string;
}

/** The evaluators' answer about an action. */
export interface ConstraintReport {
  /** The constraints that deny; none if the action is allowed. */
  readonly violations: readonly ConstraintViolation[];
  /** The labels that no evaluator enforces, or enforces only in part. They deny nothing, so they protect nothing. */
  readonly unenforced: readonly string[];
}

/** A label that cannot be enforced as it is written. */
export interface LabelProblem {
  /** The label as it was given. */
  readonly label: string;
  /** The reason why it cannot be enforced. */
  readonly reason: string;
}

/** The parts of the facts that matter for a delegation. */
export type DelegationFacts = Pick<ConstraintFacts, 'agentId' | 'person' | 'depth' | 'resource'>;

/** Taking part in an orchestration changes nothing, and has no input that a plugin could judge. */
export const PARTICIPATION = 'orchestration_participation';
const MAX_CACHED_LABELS = 10_000;

/** Finds the evaluators that are responsible for a label, and asks them all. */
export class ConstraintRegistry {
  readonly #evaluators: readonly ConstraintEvaluator[];
  readonly #builtIn: ReadonlySet<ConstraintEvaluator>;
  readonly #byLabel = new Map<string, readonly ConstraintEvaluator[]>();

  /** @param evaluators - in addition to the built-in ones. All that match a label must permit. */
  constructor(evaluators: readonly ConstraintEvaluator[] = []) {
    const all = builtinConstraintEvaluators();
    this.#builtIn = new Set(all);
    for (let i = 0, { length } = evaluators; i < length; i++) all.push(evaluators[i] as ConstraintEvaluator);
    this.#evaluators = all;
  }

  /** Evaluates the constraints for an action. Evaluators of plugins are not asked about participation. */
  evaluate(labels: Iterable<string>, facts: ConstraintFacts): ConstraintReport {
    const isParticipation = facts.action === PARTICIPATION;
    return this.#askAll(labels, facts, (evaluator, request) =>
      isParticipation && !this.#builtIn.has(evaluator) ? PERMITTED : evaluator.evaluate(request),
    );
  }

  /** Evaluates the constraints for delegating. @param who - the delegator, as far as it is known. */
  evaluateDelegation(labels: Iterable<string>, now: number, who: DelegationFacts = {}): ConstraintReport {
    const { agentId, person, depth, resource } = who;
    const facts: ConstraintFacts = { action: 'delegate', resource, agentId, person, depth, now };
    return this.#askAll(labels, facts, (evaluator, request) => evaluator.evaluateDelegation(request));
  }

  /** Returns the labels that no evaluator is responsible for. */
  findUnenforced(labels: Iterable<string>): string[] {
    return [...labels].filter((label) => this.#responsibleFor(label).length === 0);
  }

  /** Returns the first of the labels that cannot be enforced as written, alone or together with the others. */
  findProblem(labels: Iterable<string>): LabelProblem | undefined {
    const all = [...labels];
    for (const label of all) {
      for (const evaluator of this.#responsibleFor(label)) {
        const reason = askForProblem(evaluator, label);
        if (reason !== undefined) return { label, reason };
      }
    }
    return findEmptyWindow(all);
  }

  #askAll(
    labels: Iterable<string>,
    facts: ConstraintFacts,
    question: (evaluator: ConstraintEvaluator, request: ConstraintRequest) => ConstraintVerdict,
  ): ConstraintReport {
    const violations: ConstraintViolation[] = [];
    const unenforced: string[] = [];
    let requests: RequestMaker | undefined;
    for (const label of labels) {
      const responsible = this.#responsibleFor(label);
      let isEnforced = responsible.length > 0;
      for (const evaluator of responsible) {
        requests ??= new RequestMaker(facts);
        const about = requests;
        const verdict = askForVerdict(() => question(evaluator, about.about(label)));
        if (!verdict.permitted) violations.push({ constraint: label, reason: verdict.reason });
        else if (verdict.unenforced) isEnforced = false;
      }
      if (!isEnforced) unenforced.push(label);
    }
    return { violations, unenforced };
  }

  #responsibleFor(label: string): readonly ConstraintEvaluator[] {
    let responsible = this.#byLabel.get(label);
    if (!responsible) {
      const lower = label.toLowerCase();
      responsible = this.#evaluators.flatMap((evaluator) => ifResponsible(evaluator, lower));
      if (this.#byLabel.size >= MAX_CACHED_LABELS) this.#byLabel.clear();
      this.#byLabel.set(label, responsible);
    }
    return responsible;
  }
}

function ifResponsible(evaluator: ConstraintEvaluator, label: string): ConstraintEvaluator[] {
  try {
    const isResponsible: unknown = evaluator.matches(label);
    if (ignorePromise(isResponsible)) {
      return [new Faulty('matches() returned a promise; evaluators answer synchronously')];
    }
    return isResponsible ? [evaluator] : [];
  } catch (error) {
    return [new Faulty(messageOf(error))];
  }
}

function askForProblem(evaluator: ConstraintEvaluator, label: string): string | undefined {
  try {
    // An evaluator of another version of this package can lack the method.
    const problem: unknown = evaluator.findProblem?.(label);
    if (ignorePromise(problem)) return 'findProblem() returned a promise; evaluators answer synchronously';
    return typeof problem === 'string' ? problem : undefined;
  } catch (error) {
    return `the evaluator failed: ${messageOf(error)}`;
  }
}

/** Takes the place of an evaluator that cannot say whether it is responsible: it denies by failing again. */
class Faulty extends ConstraintEvaluator {
  constructor(private readonly problem: string) {
    super();
  }

  matches(): boolean {
    return true;
  }

  evaluate(): ConstraintVerdict {
    return forbidden(`the evaluator failed: ${this.problem}`);
  }

  override evaluateDelegation(): ConstraintVerdict {
    return this.evaluate();
  }

  override findProblem(): string {
    return `the evaluator failed: ${this.problem}`;
  }
}
