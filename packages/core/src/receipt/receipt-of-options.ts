import * as z from 'zod';
import type { GivenCheckpoint } from '../store/index.js';
import { givenCheckpointField } from '../trust/checkpoint/checkpoint-record.js';

/** Options of a receipt that is made from the store. */
export interface ReceiptOptions {
  /**
   * Checkpoints that were kept, with the cosignatures of witnesses. The receipt carries proofs that they cover its records,
   * which count if a key is revoked that signed them. Default: none.
   */
  readonly checkpoint?: GivenCheckpoint | readonly GivenCheckpoint[] | undefined;
}

/** The schema of {@link ReceiptOptions}. */
export const receiptOptions = z.strictObject({
  checkpoint: z.union([givenCheckpointField, z.array(givenCheckpointField)]).optional(),
});
