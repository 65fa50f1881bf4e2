import {
  type ConstraintEvaluator,
  type ConstraintFacts,
  ConstraintRegistry,
  type ConstraintReport,
  type ConstraintRequest,
} from '@kaizen-eatp/core/plugin';
import { FIXTURE_TIME } from '../fakes/manual-clock.js';
import type { EvaluatorCase, EvaluatorConformanceSetup } from './evaluator-setup.js';

/** Asks one evaluator: as core does, through a registry, or directly. */
export class EvaluatorTrial {
  readonly registry: ConstraintRegistry;

  constructor(
    readonly evaluator: ConstraintEvaluator,
    readonly setup: EvaluatorConformanceSetup,
  ) {
    this.registry = new ConstraintRegistry([evaluator]);
  }

  /** Asks as core does. @param readInput - default: makes a copy of the input of the case. */
  ask(
    question: EvaluatorCase,
    readInput: () => unknown = () => structuredClone(question.input),
  ): ConstraintReport {
    const { label, delegates } = question;
    if (delegates) return this.registry.evaluateDelegation([label], question.now ?? FIXTURE_TIME, question);
    return this.registry.evaluate([label], { ...factsOf(question), readInput });
  }

  /** Asks the evaluator itself, with a request that nothing has frozen. @returns whatever it answers. */
  askDirectly(question: EvaluatorCase, more: Partial<ConstraintRequest> = {}): unknown {
    const { label, delegates, input } = question;
    const request = {
      label,
      method: undefined,
      tool: undefined,
      effects: undefined,
      limit: undefined,
      ...factsOf(question),
      context: question.context ?? {},
      input: structuredClone(input),
      ...more,
    };
    return delegates
      ? this.evaluator.evaluateDelegation(request as ConstraintRequest)
      : this.evaluator.evaluate(request as ConstraintRequest);
  }
}

function factsOf({ label: _, delegates: __, input: ___, ...facts }: EvaluatorCase): ConstraintFacts {
  return {
    action: 'work',
    agentId: 'agent-alice',
    depth: 0,
    now: FIXTURE_TIME,
    ...facts,
    guarded: true,
  };
}

/** Describes a case for an observation. */
export const nameOf = ({ label, action = 'work', delegates }: EvaluatorCase): string =>
  delegates ? `delegating under '${label}'` : `'${action}' under '${label}'`;
