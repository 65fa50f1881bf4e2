import { z } from 'zod';
import { parseOptions } from '../wire/index.js';

/** Options of `verifyReceipt()`. */
export interface VerifyReceiptOptions {
  /** The public keys of authorities that the caller trusts, by authority id: base64 of 32 bytes. */
  readonly authorities?: Readonly<Record<string, string>>;
}

/** The schema of {@link VerifyReceiptOptions}. */
export const verifyReceiptOptions = z.strictObject({
  authorities: z.record(z.string(), z.string()).optional(),
});

/** @throws InvalidArgumentError. */
export const parseVerifyOptions = (given: VerifyReceiptOptions): VerifyReceiptOptions =>
  parseOptions(verifyReceiptOptions, given, 'verifyReceipt()');
