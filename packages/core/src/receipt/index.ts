export { ReceiptMalformedError } from '../errors/index.js';
export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export type { ReceiptProblem, ReceiptProblemCode, ReceiptVerdict, ReceiptVerification } from './types.js';
export type { TrustedAuthority, VerifyReceiptOptions } from './verify-options.js';
export { verifyReceipt } from './verify-receipt.js';
