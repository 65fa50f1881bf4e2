/** The format's name and version, in every receipt. */
export const RECEIPT_FORMAT = 'kaizen-eatp-receipt/1';

/**
 * A run's proof in one file: anchors, delegations, chains and public keys, each record as the JSON text that was
 * signed, under one signature over all of it. `text` is canonical JSON; keep it byte for byte.
 */
export interface Receipt {
  readonly text: string;
  readonly runId: string;
  readonly taskId: string;
}

/** The content of a receipt, as its JSON has it. Records are JSON texts. */
export interface ReceiptContent {
  readonly format: typeof RECEIPT_FORMAT;
  readonly run_id: string;
  readonly task_id: string;
  readonly issued_at: string;
  readonly anchors: readonly string[];
  readonly delegations: readonly string[];
  readonly chains: readonly string[];
  readonly authorities: readonly string[];
  /** The hash of the last anchor's place in the trail. */
  readonly trail_hash: string;
  /** Whose key signed: the authority of the agent that ended the run. */
  readonly signer_authority_id: string;
  readonly signature: string;
}
