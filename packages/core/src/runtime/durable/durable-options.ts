import * as z from 'zod';

/** The schema of the options of `cancel()`. */
export const cancelOptions = z.strictObject({
  by: z.string().min(1).max(1_000),
  reason: z.string().max(4_000).optional(),
});
