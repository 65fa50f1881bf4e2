import { patternRequirements } from '../pattern/pattern-requirements.js';
import { trustStoreRequirements } from '../store/store-requirements.js';

/** Every suite of this package, with all its requirements. A suite that is not listed here does not exist. */
export const suites = {
  pattern: patternRequirements,
  trustStore: trustStoreRequirements,
} as const;
