import type { Authority } from '../chain/index.js';
import type { NoteKey } from '../trust/checkpoint/signed-note.js';
import type { BelievedAuthority } from '../trust/statements/believed-authority.js';
import { believedView, keysOf } from '../trust/statements/believed-view.js';
import { isSigned } from '../trust/verify/chain-signatures.js';
import { canonicalJson, type JsonObject, sha256Hex } from '../wire/index.js';
import type { ReceiptContent } from './receipt.js';
import { type ProvenLeaves, readProven } from './receipt-checkpoints.js';
import { ReceiptKeys } from './receipt-keys.js';
import type { ReceiptProblemCode, RevokedKeyOfReceipt } from './types.js';
import type { Trusted } from './verify-options.js';

type Authorities = ReadonlyMap<string, Authority>;

/** A record that a checkpoint can name. */
export interface ProvableRecord {
  /** The kind of the record. */
  readonly kind: 'chain' | 'delegation';
  /** The id of the agent, or of the delegation. */
  readonly id: string;
  /** The text of the record. */
  readonly text: string;
}

/** Which keys of a receipt's authorities count, and for which records. */
export class ReceiptTrust {
  /** The facts about keys in the statements of the receipt. */
  readonly keys: ReceiptKeys;
  /** The checkpoints in the receipt whose proofs hold. */
  readonly checkpoints: ProvenLeaves[] = [];
  /** The keys that were revoked, and count for the record that is judged, since it was there before. */
  #allowed: ReadonlySet<string> = new Set();
  #authorities: Authorities = new Map();
  #signingText: string | undefined;

  constructor(
    private readonly receipt: ReceiptContent,
    private readonly trusted: Trusted,
    private readonly report: (code: ReceiptProblemCode, reason: string) => void,
  ) {
    this.keys = new ReceiptKeys(receipt.key_statements, (reason) => report('RECORD_MALFORMED', reason));
  }

  /** The string that the signature of the whole covers. */
  get signingText(): string {
    if (this.#signingText !== undefined) return this.#signingText;
    const { signature: _, ...content } = this.receipt;
    this.#signingText = canonicalJson(content as unknown as JsonObject);
    return this.#signingText;
  }

  /** Whether the key of an authority is one that the caller trusts, or replaced such a key. */
  accepts(authority: Authority): boolean {
    const trusted = this.trustedKeyOf(authority);
    return trusted !== undefined && this.keys.of(authority.id, trusted).current.includes(authority.publicKey);
  }

  /** Judges the signature of the whole and the checkpoints, once the authorities are read. */
  settle(authorities: Authorities): void {
    this.#authorities = new Map(authorities);
    this.keys.vouches = this.#vouches(authorities);
    this.#loadCheckpoints(authorities);
  }

  /** The key of an authority that the caller trusts; without any, the one that the receipt has. */
  private trustedKeyOf({ id, publicKey }: Authority): string | undefined {
    return this.trusted.pins ? this.trusted.pins.get(id)?.publicKey : publicKey;
  }

  /** An authority as it counts for the record that is judged. */
  believe(authority: Authority): BelievedAuthority {
    return this.keys.believe(authority, this.trustedKeyOf(authority) ?? authority.publicKey, this.#allowed);
  }

  /**
   * For which authorities the signature of the whole shows that no statement about their keys is missing. It must be made with
   * a key that the caller trusts, and that was not revoked. An authority that is trusted for some agents only vouches for its
   * own keys: it could leave out that the key of another one was stolen.
   */
  #vouches(authorities: Authorities): (authorityId: string) => boolean {
    const { signature, signer_authority_id } = this.receipt;
    const signer = authorities.get(signer_authority_id ?? '');
    const trusted = signer && this.trustedKeyOf(signer);
    if (!signer || trusted === undefined) return () => false;
    const { current, revoked } = this.keys.of(signer.id, trusted);
    const { publicKey } = signer;
    const isSound =
      current.includes(publicKey) &&
      !revoked.has(publicKey) &&
      isSigned(this.signingText, signature, { ...signer });
    const isForAll = this.trusted.pins?.get(signer.id)?.namespaces === undefined;
    return (authorityId) => isSound && (isForAll || authorityId === signer.id);
  }

  #loadCheckpoints(authorities: Authorities): void {
    const own = [...authorities.values()].flatMap((authority) =>
      this.trustedKeyOf(authority) === undefined
        ? []
        : keysOf(believedView({ ...authority }, this.believe(authority))),
    );
    const keysFor = (name: string): NoteKey[] => [
      ...this.trusted.witnesses,
      ...own.map((publicKey) => ({ name, publicKey })),
    ];
    for (const checkpoint of this.receipt.checkpoints) {
      try {
        this.checkpoints.push(readProven(checkpoint, keysFor, this.trusted.timestamps));
      } catch (error) {
        this.report('CHECKPOINT_INVALID', (error as Error).message);
      }
    }
  }

  /** Lets the revoked keys count which cannot have signed any of these records after they were revoked. */
  allowKeysThatSigned(records: readonly ProvableRecord[]): void {
    const isThere = ({ kind, id, text }: ProvableRecord, since: number): boolean =>
      this.checkpoints.some(
        ({ leaves, madeBefore }) =>
          madeBefore < since &&
          leaves.some((leaf) => leaf.kind === kind && leaf.id === id && leaf.hash === sha256Hex(text)),
      );
    this.#allowed = new Set();
    const revoked = [...this.#authorities.values()].flatMap((each) => [...this.believe(each).revokedKeys]);
    const allowed = revoked.filter(([, { since }]) => records.every((record) => isThere(record, since)));
    this.#allowed = new Set(allowed.map(([publicKey]) => publicKey));
  }

  /** The keys of the receipt's authorities that were revoked. */
  revokedKeys(authorities: Authorities = this.#authorities): RevokedKeyOfReceipt[] {
    return [...authorities.values()].flatMap((authority) => {
      const { revoked } = this.keys.of(authority.id, this.trustedKeyOf(authority) ?? authority.publicKey);
      return [...revoked].map(([publicKey, { since, reason }]) => ({
        ...{ authorityId: authority.id, publicKey, since: new Date(since), reason },
      }));
    });
  }
}
