import type { TrustOperations } from '../trust/index.js';
import { deploymentOf } from '../trust/trust-operations.js';
import { expectId, parseOptions } from '../wire/index.js';
import { issueReceipt } from './issue-receipt.js';
import type { Receipt } from './receipt.js';
import { type ReceiptOptions, receiptOptions } from './receipt-of-options.js';

/**
 * Makes the receipt of a run from the store: in any process that shares the store, at any time after the run has ended, for
 * runs that succeeded, failed or were cancelled, and after re-attestations and revocations.
 *
 * @throws InvalidArgumentError if the store has no run of this id, or if the run has not ended; StoreError, KeyError;
 * CheckpointError for a checkpoint that is malformed, or whose leaves are neither in the store nor given.
 */
export async function receiptOf(
  trust: TrustOperations,
  runId: string,
  options: ReceiptOptions = {},
): Promise<Receipt> {
  const { checkpoint } = parseOptions(receiptOptions, options, 'receiptOf()');
  return issueReceipt(deploymentOf(trust), expectId(runId, 'runId'), { checkpoint });
}
