export { builtinConstraintEvaluators } from './builtin/index.js';
export * from './constraint-evaluator.js';
export {
  ConstraintRegistry,
  type ConstraintReport,
  type ConstraintViolation,
  type DelegationFacts,
  type LabelProblem,
} from './constraint-registry.js';
export type { ConstraintFacts, ConstraintRequest, Effects } from './constraint-request.js';
export { defineConstraint, type ParameterisedConstraint, type PlainConstraint } from './define-constraint.js';
