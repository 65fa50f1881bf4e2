import { expect } from 'vitest';
import { matchers } from './vitest/matchers.js';

export {
  describeEvaluatorConformance,
  describePatternConformance,
  describeRunEngineConformance,
  describeTrustStoreConformance,
} from './vitest/describe-conformance.js';
export { matchers } from './vitest/matchers.js';

expect.extend(matchers);
