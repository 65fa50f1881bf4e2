import { engineRequirements } from '../engine/engine-requirements.js';
import { evaluatorRequirements } from '../evaluator/evaluator-requirements.js';
import { patternRequirements } from '../pattern/pattern-requirements.js';
import { trustStoreRequirements } from '../store/store-requirements.js';

/** All suites of this package with their requirements. */
export const suites = {
  pattern: patternRequirements,
  trustStore: trustStoreRequirements,
  constraintEvaluator: evaluatorRequirements,
  runEngine: engineRequirements,
} as const;
