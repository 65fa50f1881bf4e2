export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export {
  ReceiptMalformedError,
  type ReceiptVerification,
  type VerifyReceiptOptions,
  verifyReceipt,
} from './verify-receipt.js';
