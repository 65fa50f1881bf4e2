import { describePatternConformance } from '@kaizen-eatp/testing/vitest';
import { skipsADelegation } from '../broken-patterns/skips-a-delegation.js';

describePatternConformance(skipsADelegation);
