import type { ConstraintEvaluator } from '@kaizen-eatp/core/plugin';
import { type ConformanceReport, reportOf } from '../conformance/conformance-report.js';
import { findingsOf } from '../conformance/requirement.js';
import { evaluatorRequirements } from './evaluator-requirements.js';
import { type EvaluatorConformanceSetup, readEvaluatorSetup } from './evaluator-setup.js';
import { EvaluatorTrial } from './evaluator-trial.js';

/**
 * Tests a constraint evaluator against {@link evaluatorRequirements}, with any test runner or none.
 *
 * @param evaluator - an instance.
 * @param setup - questions that the evaluator must permit and deny.
 * @throws InvalidArgumentError for an invalid setup.
 */
export async function evaluatorConformance(
  evaluator: ConstraintEvaluator,
  setup: EvaluatorConformanceSetup,
): Promise<ConformanceReport> {
  const read = readEvaluatorSetup(evaluator, setup);
  return reportOf({
    suite: 'constraintEvaluator',
    subject: read.name ?? 'constraint evaluator',
    thoroughness: 'full',
    findings: await findingsOf(evaluatorRequirements, new EvaluatorTrial(evaluator, read)),
    notChecked: [
      'Whether the evaluator denies all that it should: only the questions of the setup are asked.',
      'Whether the facts in `context` are true: the caller of a run gives them.',
      ...(read.invalidLabels ? [] : ['The refusal of invalid labels: the setup names no `invalidLabels`.']),
    ],
  });
}
