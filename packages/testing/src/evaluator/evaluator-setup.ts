import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { ConstraintEvaluator, type ConstraintFacts, parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** A question to an evaluator: a label, and the facts about an action. */
export interface EvaluatorCase extends Partial<Omit<ConstraintFacts, 'readInput' | 'guarded'>> {
  /** The label as it is signed. */
  readonly label: string;
  /** The input that the agent or the tool is about to get. Default: none. */
  readonly input?: unknown;
  /** Whether the agent is about to delegate, and not to act. Default: false. */
  readonly delegates?: boolean;
}

/** The setup of the suite for one evaluator. */
export interface EvaluatorConformanceSetup {
  /** The evaluator's name, for reports. Default: `constraint evaluator`. */
  readonly name?: string;
  /** Questions to which the evaluator must answer yes: at least one. */
  readonly permits: readonly EvaluatorCase[];
  /** Questions to which it must answer no: at least one. */
  readonly denies: readonly EvaluatorCase[];
  /** Labels of the evaluator that cannot be enforced as they are written, for instance `max_amount:many`. Default: none. */
  readonly invalidLabels?: readonly string[];
}

const caseSchema = z.looseObject({
  label: z.string().min(1),
  input: z.custom<unknown>(() => true).optional(),
  delegates: z.boolean().optional(),
});

const setupSchema = z.strictObject({
  name: z.string().min(1).optional(),
  permits: z
    .array(z.custom<EvaluatorCase>((value) => caseSchema.safeParse(value).success, 'objects with a `label`'))
    .min(1),
  denies: z
    .array(z.custom<EvaluatorCase>((value) => caseSchema.safeParse(value).success, 'objects with a `label`'))
    .min(1),
  invalidLabels: z.array(z.string()).optional(),
});

/** Checks a setup. @throws InvalidArgumentError. */
export function readEvaluatorSetup(evaluator: unknown, given: unknown): EvaluatorConformanceSetup {
  if (!(evaluator instanceof ConstraintEvaluator)) {
    throw new InvalidArgumentError('`evaluator` of evaluatorConformance() must be a constraint evaluator', {
      expected:
        'an instance of a class that extends ConstraintEvaluator, or the result of defineConstraint()',
      received: describe(evaluator),
      remedy: 'Pass an instance, not the class.',
    });
  }
  return parseOptions(setupSchema, given, 'the setup of evaluatorConformance()') as EvaluatorConformanceSetup;
}
