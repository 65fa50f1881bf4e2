/** The format's name and version, in every receipt. */
export const RECEIPT_FORMAT = 'kaizen-eatp-receipt/3';

/**
 * A run's proof in one file: anchors, delegations, chains and public keys, each record as the JSON text that was
 * signed, under one signature over all of it. `text` is canonical JSON; keep it byte for byte.
 */
export interface Receipt {
  /** The receipt itself: canonical JSON of a {@link ReceiptContent}. */
  readonly text: string;
  /** The run that the receipt proves. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
}

/** The content of a receipt, as its JSON has it. Each record is the JSON string that was signed. */
export interface ReceiptContent {
  /** The name and version of the format. */
  readonly format: typeof RECEIPT_FORMAT;
  /** The run that the receipt proves. */
  readonly run_id: string;
  /** The task of the run. */
  readonly task_id: string;
  /** The time at which the receipt was signed. */
  readonly issued_at: string;
  /** The anchors of the run's trail, in order. */
  readonly anchors: readonly string[];
  /** The delegations that the anchors depend on. */
  readonly delegations: readonly string[];
  /** For each delegation, in the same order, the binding that its signed id is a digest of. */
  readonly bindings: readonly ReceiptBinding[];
  /** The personal data behind the digests that records sign; empty if the person was erased. */
  readonly disclosures: readonly ReceiptDisclosure[];
  /** The chains of the agents that acted or delegated. */
  readonly chains: readonly string[];
  /** The authorities that signed the chains. */
  readonly authorities: readonly string[];
  /** The signed statements that replaced or revoked keys of these authorities, in the order of their log. */
  readonly key_statements: readonly string[];
  /** Checkpoints that show which records were there before a key was revoked; empty unless the issuer was given some. */
  readonly checkpoints: readonly ReceiptCheckpoint[];
  /** The hash of the last anchor's place in the trail. */
  readonly trail_hash: string;
  /** The authority whose key signed the receipt; null for a receipt that no authority signed as a whole. */
  readonly signer_authority_id: string | null;
  /** Base64 of the signature of all other fields; null without a signer. */
  readonly signature: string | null;
}

/** A checkpoint of the store, with proofs that it covers records of the receipt. */
export interface ReceiptCheckpoint {
  /** The signed note. */
  readonly note: string;
  /** The leaves about the trail, the chains and the delegations of the receipt. */
  readonly inclusions: readonly ReceiptInclusion[];
}

/** A leaf of a log of checkpoints, with the proof that the log has it. */
export interface ReceiptInclusion {
  /** The place of the leaf in the log, from 0. */
  readonly index: number;
  /** The text of the leaf. */
  readonly leaf: string;
  /** The hashes that lead from the leaf to the root, base64, the nearest to the leaf first. */
  readonly proof: readonly string[];
}

/** The run, invocation and person that a delegation was made for, as a receipt has them. */
export interface ReceiptBinding {
  /** The run; null for one made outside runs. */
  readonly run_id: string | null;
  /** The invocation; null for one made by a pattern. */
  readonly invocation_id: string | null;
  /** The pseudonym of the person; null without one. */
  readonly person: string | null;
  /** A random string that makes the id unique. */
  readonly nonce: string;
}

/** A person's data behind a signed digest, as a receipt has it. */
export interface ReceiptDisclosure {
  /** The digest that the records sign. */
  readonly digest: string;
  /** The random salt that was hashed together with the origin, in hex. */
  readonly salt: string;
  /** The human origin, as JSON. */
  readonly origin: string;
}
