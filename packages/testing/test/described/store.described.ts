import { describeTrustStoreConformance } from '@kaizen-eatp/testing/vitest';
import { CommitsInParts } from '../broken-stores/commits-in-parts.js';
import { memoryPlace } from '../memory-place.js';

describeTrustStoreConformance(
  memoryPlace((inner) => new CommitsInParts(inner)),
  { name: 'parts' },
);
