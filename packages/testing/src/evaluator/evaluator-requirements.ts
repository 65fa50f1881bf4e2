import type { Requirement } from '../conformance/requirement.js';
import * as checks from './evaluator-checks.js';
import type { EvaluatorTrial } from './evaluator-trial.js';

/** The requirements on every constraint evaluator. */
export const evaluatorRequirements = [
  {
    id: 'EVALUATOR-LABELS',
    demands: 'The evaluator is responsible for its labels, in upper and lower case, and for no others.',
    fix: 'Compare the whole label, or its prefix, in lower case.',
    check: checks.matchesItsLabels,
  },
  {
    id: 'EVALUATOR-ACCEPTS-LABELS',
    demands: 'The evaluator finds no problem with its valid labels.',
    fix: 'Return undefined from `findProblem` for a label that can be enforced as it is written.',
    check: checks.acceptsItsLabels,
  },
  {
    id: 'EVALUATOR-PERMITS',
    demands: 'The evaluator permits the questions that the setup says it permits.',
    fix: 'Return `PERMITTED`. An evaluator that throws or answers with a promise denies.',
    check: checks.permitsWhatItMust,
  },
  {
    id: 'EVALUATOR-DENIES',
    demands: 'The evaluator denies the questions that the setup says it denies, with a reason of its own.',
    fix: 'Return `forbidden(reason)`.',
    check: checks.deniesWhatItMust,
  },
  {
    id: 'EVALUATOR-FAILS-CLOSED',
    demands: 'An error on the way to an answer is never a yes.',
    fix: 'Let errors through: an evaluator that throws denies. Never catch them and return `PERMITTED`.',
    check: checks.failsClosed,
  },
  {
    id: 'EVALUATOR-DETERMINISTIC',
    demands: 'The same question has the same answer, in any order and at any time.',
    fix: 'Decide by the request alone: `request.now` is the time, and nothing is kept between two questions.',
    check: checks.isDeterministic,
  },
  {
    id: 'EVALUATOR-SYNCHRONOUS',
    demands: 'The evaluator answers with a value, not with a promise.',
    fix: 'Remove `async`. Pass facts that must be fetched as `context` of the run.',
    check: checks.answersAtOnce,
  },
  {
    id: 'EVALUATOR-CHANGES-NOTHING',
    demands: 'The evaluator changes nothing of the input and the context.',
    fix: 'Copy what you sort or change: `toSorted`, `structuredClone`.',
    check: checks.changesNothing,
  },
  {
    id: 'EVALUATOR-INVALID-LABELS',
    demands: 'A label that cannot be enforced as it is written is refused, and denies.',
    fix: 'Return the problem from `findProblem`, or throw in `parse` of `defineConstraint`.',
    appliesTo: ({ setup }) => (setup.invalidLabels ?? []).length > 0,
    check: checks.findsInvalidLabels,
  },
] as const satisfies readonly Requirement<EvaluatorTrial>[];

/** The id of a requirement on constraint evaluators. */
export type EvaluatorRequirementId = (typeof evaluatorRequirements)[number]['id'];
