import { describePatternConformance, describeTrustStoreConformance } from '@kaizen-eatp/testing/vitest';
import { goodPattern } from './broken-patterns/good-pattern.js';
import { memoryPlace } from './memory-place.js';

// The registering functions themselves: each line below is a test for every requirement that applies.
describePatternConformance({ pattern: goodPattern });
describeTrustStoreConformance({
  name: 'MemoryTrustStore',
  factory: memoryPlace(),
  abilities: { shared: true },
});
