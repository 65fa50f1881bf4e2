export { ReceiptMalformedError } from '../errors/index.js';
export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export type { ReceiptVerification, VerifyReceiptOptions } from './types.js';
export { verifyReceipt } from './verify-receipt.js';
