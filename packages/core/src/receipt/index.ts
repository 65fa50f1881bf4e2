export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export type { ReceiptVerification, VerifyReceiptOptions } from './types.js';
export { ReceiptMalformedError, verifyReceipt } from './verify-receipt.js';
