export { ReceiptMalformedError } from '../errors/index.js';
export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export type { ReceiptVerification } from './types.js';
export type { VerifyReceiptOptions } from './verify-options.js';
export { verifyReceipt } from './verify-receipt.js';
