import * as z from 'zod';
import { describe, ReceiptMalformedError } from '../errors/index.js';
import { Ahead } from '../signing/verify-ahead.js';
import { canonicalJson, type JsonObject, parseJson } from '../wire/index.js';
import { judgeReceipt } from './judge-receipt.js';
import { RECEIPT_FORMAT, type Receipt, type ReceiptContent } from './receipt.js';
import { foresee } from './receipt-signatures.js';
import type { ReceiptVerification } from './types.js';
import { parseVerifyOptions, type VerifyReceiptOptions } from './verify-options.js';

const content = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  run_id: z.string().min(1),
  task_id: z.string().min(1),
  issued_at: z.string(),
  anchors: z.array(z.string()).min(1),
  delegations: z.array(z.string()),
  bindings: z.array(
    z.strictObject({
      run_id: z.string().nullable(),
      invocation_id: z.string().nullable(),
      person: z.string().nullable(),
      nonce: z.string(),
    }),
  ),
  disclosures: z.array(z.strictObject({ digest: z.string(), salt: z.string(), origin: z.string() })),
  chains: z.array(z.string()).min(1),
  authorities: z.array(z.string()).min(1),
  key_statements: z.array(z.string()),
  checkpoints: z.array(
    z.strictObject({
      note: z.string(),
      inclusions: z.array(
        z.strictObject({ index: z.int().nonnegative(), leaf: z.string(), proof: z.array(z.string()) }),
      ),
    }),
  ),
  trail_hash: z.string(),
  signer_authority_id: z.string().nullable(),
  signature: z.string().nullable(),
});

/**
 * Checks a receipt offline: its one signature, every anchor, its place in the trail and the chain it names, every
 * delegation and whether its delegator was allowed to make it, every chain, and that the trail is complete from the
 * first anchor to the one that ends the run.
 *
 * @param receipt - the receipt, or its text exactly as issued.
 * @throws ReceiptMalformedError if it is not a receipt at all, InvalidArgumentError for an unknown option.
 */
export async function verifyReceipt(
  receipt: Receipt | string,
  options: VerifyReceiptOptions = {},
): Promise<ReceiptVerification> {
  const trusted = parseVerifyOptions(options);
  const read = readReceipt(typeof receipt === 'string' ? receipt : receipt?.text);
  const { signatures, anchors } = foresee(read);
  const ahead = new Ahead(signatures);
  try {
    return await judgeReceipt(read, trusted, { ahead, anchors });
  } finally {
    await ahead.allReady();
    ahead.forget();
  }
}

function readReceipt(text: unknown): ReceiptContent {
  if (typeof text !== 'string') throw new ReceiptMalformedError(RECEIPT_FORMAT, describe(text));
  let json: JsonObject;
  try {
    json = parseJson(text, 'receipt') as JsonObject;
    // Each content has one text: otherwise a change of white space or of an escape would go unnoticed.
    if (canonicalJson(json) !== text) throw new Error('its bytes are not those that were issued');
  } catch (error) {
    throw new ReceiptMalformedError(RECEIPT_FORMAT, (error as Error).message, error);
  }
  const parsed = content.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ReceiptMalformedError(RECEIPT_FORMAT, `${issue?.path.join('.') || 'content'}: ${issue?.message}`);
}
