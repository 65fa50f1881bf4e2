import { z } from 'zod';

/** How much a suite does: the quick form takes seconds, the full one up to a minute or more. */
export type Thoroughness = 'quick' | 'full';

/** The schema of the field `thoroughness` of a setup. */
export const thoroughnessField = z.enum(['quick', 'full']).optional();
