// Verification of receipts alone.
import './errors/supported-node.js';

export { ReceiptMalformedError } from './errors/index.js';
export {
  RECEIPT_FORMAT,
  type Receipt,
  type ReceiptContent,
  type ReceiptVerification,
  type VerifyReceiptOptions,
  verifyReceipt,
} from './receipt/index.js';
