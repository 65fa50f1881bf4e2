import type { Authority } from '../chain/index.js';
import { keysBefore } from '../trust/statements/authority-register.js';
import type { BelievedAuthority, RevokedKey } from '../trust/statements/believed-authority.js';
import { believedAsStored } from '../trust/statements/believed-view.js';
import { isSignedBy, parseStatement, rotationText, type Statement } from '../trust/statements/statement.js';
import { timestampToMillis } from '../wire/index.js';

/** The keys of an authority of a receipt. */
interface KeysOfAuthority {
  /** The trusted key, and those that replaced it. */
  readonly current: readonly string[];
  /** Those that were replaced before. */
  readonly earlier: readonly string[];
  /** Those that were revoked, by any statement. */
  readonly revoked: ReadonlyMap<string, RevokedKey>;
}

/** The facts that the statements in a receipt state about the keys of its authorities. */
export class ReceiptKeys {
  readonly #statements: readonly Statement[];
  /**
   * Whether a signature of the whole receipt shows that no statement about the keys of an authority is missing. Only then
   * do its keys that were replaced count.
   */
  vouches: (authorityId: string) => boolean = () => false;

  /** @param records - the JSON of statements. @param report - receives each that is not as it was signed. */
  constructor(records: readonly string[], report: (reason: string) => void) {
    this.#statements = records.flatMap((text) => {
      try {
        return parseStatement(text).statement;
      } catch (error) {
        report((error as Error).message);
        return [];
      }
    });
  }

  /** The keys of an authority. @param trusted - the key that the caller trusts, or else the one in its record. */
  of(authorityId: string, trusted: string): KeysOfAuthority {
    const known = this.#statements.map((statement) => ({ statement, isOwn: false }));
    const revoked = new Map<string, RevokedKey>();
    for (const { kind, body } of this.#statements) {
      if (kind !== 'key_revoked' || body.authority_id !== authorityId) continue;
      const since = timestampToMillis(body.since);
      if (!((revoked.get(body.public_key)?.since ?? Number.POSITIVE_INFINITY) <= since))
        revoked.set(body.public_key, { since, reason: body.reason });
    }
    return {
      current: this.#after(authorityId, trusted),
      earlier: keysBefore(known, authorityId, trusted),
      revoked,
    };
  }

  /** An authority as it counts in the receipt. */
  believe(authority: Authority, trusted: string, allowed: ReadonlySet<string>): BelievedAuthority {
    const { current, earlier, revoked } = this.of(authority.id, trusted);
    const counts = new Map(revoked);
    const unknown = { since: Number.NEGATIVE_INFINITY, reason: 'it was replaced' };
    if (!this.vouches(authority.id)) for (const key of earlier) counts.set(key, unknown);
    for (const key of allowed) counts.delete(key);
    const others = [...current, ...earlier].filter((key) => key !== authority.publicKey);
    return { ...believedAsStored(authority, others), revokedKeys: counts };
  }

  /** A key, and those that it was rotated to, each by its own signature. */
  #after(authorityId: string, trusted: string): string[] {
    const keys = [trusted];
    for (const { kind, body, publicKey, authorityId: by } of this.#statements) {
      if (kind !== 'key_rotated' || body.authority_id !== authorityId || by !== authorityId) continue;
      const { old_public_key: oldKey, new_public_key: newKey, new_signature: signature } = body;
      const isSound =
        publicKey === oldKey &&
        oldKey === keys.at(-1) &&
        isSignedBy(rotationText(authorityId, oldKey, newKey), signature, newKey);
      if (isSound && !keys.includes(newKey)) keys.push(newKey);
    }
    return keys;
  }
}
