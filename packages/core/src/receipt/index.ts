export { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
export {
  ReceiptMalformedError,
  type ReceiptVerification,
  verifyReceipt,
  type VerifyReceiptOptions,
} from './verify-receipt.js';
