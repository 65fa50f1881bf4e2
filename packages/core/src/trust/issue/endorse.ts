import * as z from 'zod';
import { AUTHORITY_PERMISSIONS, type AuthorityPermission } from '../../chain/index.js';
import { AuthorityError } from '../../errors/index.js';
import { idField, momentField, parseOptions, type Timestamp } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { commitStatements, statementSigner } from '../statements/append-statements.js';
import { mayEndorse } from '../statements/authority-register.js';
import { namespaceField, publicKeyField } from '../trust-options.js';
import { endorsement } from './authority-statements.js';

/** An authority to believe from now on, in every deployment that believes the authority which endorses it. */
export interface EndorsementRequest {
  /** The id of the authority that is endorsed. */
  readonly authorityId: string;
  /** Its public key: base64 of 32 bytes. Ask its owner for it; the store's record of the authority proves nothing. */
  readonly publicKey: string;
  /** The ids of the agents that it can speak for: exact ones, or patterns with one `*`. */
  readonly namespaces: readonly string[];
  /** The permissions of the authority. Default: `create_agents` and `grant_capabilities`. */
  readonly permissions?: readonly AuthorityPermission[];
  /** From when it is believed. Default: without a beginning. */
  readonly validFrom?: Date | Timestamp;
  /** Until when it is believed. Default: without an end. */
  readonly validUntil?: Date | Timestamp;
  /** The authority that endorses it. Default: one whose key is here and that can. */
  readonly by?: string;
}

/** The schema of {@link EndorsementRequest}. */
export const endorsementRequest = z.strictObject({
  authorityId: idField,
  publicKey: publicKeyField,
  namespaces: z.array(namespaceField).min(1),
  permissions: z.array(z.enum(AUTHORITY_PERMISSIONS)).optional(),
  validFrom: momentField.optional(),
  validUntil: momentField.optional(),
  by: idField.optional(),
});

/** Signs the statement that another authority is believed, and how far. */
export async function endorseAuthority(deployment: Deployment, given: EndorsementRequest): Promise<void> {
  const request = parseOptions(endorsementRequest, given, 'endorseAuthority()');
  const { authorityId, publicKey, namespaces, by } = request;
  const permissions = request.permissions ?? ['create_agents', 'grant_capabilities'];
  await commitStatements(deployment, async () => {
    const known = deployment.statements.state.authority(authorityId);
    const signer = await statementSigner(
      deployment,
      `endorse authority '${authorityId}' for ${namespaces.join(', ')}`,
      (authority) =>
        authority.id !== authorityId &&
        (by === undefined || authority.id === by) &&
        mayEndorse(authority, { namespaces, permissions }),
    );
    if (known && !known.revokedKeys.has(known.publicKey)) {
      const isAgain = known.endorsedBy === signer.id && known.publicKey === publicKey;
      if (!isAgain) throw alreadyBelieved(authorityId);
    }
    const terms = {
      namespaces,
      validFrom: request.validFrom ?? null,
      validUntil: request.validUntil ?? null,
    };
    return { drafts: [endorsement({ id: authorityId, publicKey, permissions }, terms)], signer };
  });
}

const alreadyBelieved = (authorityId: string): AuthorityError =>
  new AuthorityError('AUTHORITY_ALREADY_EXISTS', `Authority '${authorityId}' is believed already`, {
    remedy: 'Let the authority itself rotate its key, or let the one that endorsed it do so again.',
    evidence: { authorityId },
  });
