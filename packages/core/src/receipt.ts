/// <reference types="node" preserve="true" />
// Verification of receipts alone.
import './errors/supported-node.js';

export { ReceiptMalformedError } from './errors/index.js';
export {
  type CheckpointTimestamp,
  RECEIPT_FORMAT,
  type Receipt,
  type ReceiptCheckpoint,
  type ReceiptContent,
  type ReceiptInclusion,
  type ReceiptProblem,
  type ReceiptProblemCode,
  type ReceiptVerdict,
  type ReceiptVerification,
  type RevokedKeyOfReceipt,
  type TrustedAuthority,
  type VerifyReceiptOptions,
  verifyReceipt,
} from './receipt/index.js';
