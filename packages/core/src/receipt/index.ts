export { ReceiptMalformedError } from '../errors/index.js';
export {
  RECEIPT_FORMAT,
  type Receipt,
  type ReceiptCheckpoint,
  type ReceiptContent,
  type ReceiptInclusion,
} from './receipt.js';
export type {
  ReceiptProblem,
  ReceiptProblemCode,
  ReceiptVerdict,
  ReceiptVerification,
  RevokedKeyOfReceipt,
} from './types.js';
export type { CheckpointTimestamp, TrustedAuthority, VerifyReceiptOptions } from './verify-options.js';
export { verifyReceipt } from './verify-receipt.js';
