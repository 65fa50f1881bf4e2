import type { Authority } from '../../chain/index.js';
import type { StatementDraft } from '../statements/statement.js';

/** The terms on which an authority is believed. */
export interface EndorsementTerms {
  /** The ids of the agents that it can speak for, exact or with one `*`. */
  readonly namespaces: readonly string[];
  /** From when it is believed; null without a beginning. */
  readonly validFrom: string | null;
  /** Until when it is believed; null without an end. */
  readonly validUntil: string | null;
}

/** The terms of an authority that nothing limits. */
export const UNLIMITED: EndorsementTerms = { namespaces: ['*'], validFrom: null, validUntil: null };

/** The statement that an authority with this key is believed, and how far. */
export const endorsement = (
  { id, publicKey, permissions }: Pick<Authority, 'id' | 'publicKey' | 'permissions'>,
  { namespaces, validFrom, validUntil }: EndorsementTerms,
): StatementDraft => ({
  kind: 'authority_endorsed',
  body: {
    authority_id: id,
    public_key: publicKey,
    namespaces: [...namespaces],
    permissions: [...permissions],
    valid_from: validFrom,
    valid_until: validUntil,
  },
});
