import { DEFAULT_VALUE_LIMITS, type ValueLimits } from '../values/index.js';
import type { RuntimeLimits } from './limits.js';

/** The size limits of inputs and outputs. */
export const valueLimitsOf = ({ maxValueElements, maxValueBytes }: RuntimeLimits): ValueLimits => ({
  maxElements: maxValueElements ?? DEFAULT_VALUE_LIMITS.maxElements,
  maxBytes: maxValueBytes ?? DEFAULT_VALUE_LIMITS.maxBytes,
});
