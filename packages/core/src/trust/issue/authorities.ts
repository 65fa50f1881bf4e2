import {
  AUTHORITY_PERMISSIONS,
  type Authority,
  type AuthorityPermission,
  type AuthorityType,
  authorityCodec,
} from '../../chain/index.js';
import { AuthorityError, describe, InvalidArgumentError, StoreError } from '../../errors/index.js';
import { importPublicKey } from '../../signing/index.js';
import { type JsonObject, toJsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';

export interface EnterpriseAuthorityRequest {
  readonly name: string;
  /** Default: made from the name, `org-acme-corp` for "ACME Corp". */
  readonly id?: string;
  /** Default: `organization`. */
  readonly authorityType?: AuthorityType;
  /** Default: all. */
  readonly permissions?: readonly AuthorityPermission[];
  /** A key that the key manager holds already; default: a new one, named after the authority. */
  readonly signingKeyId?: string;
  readonly parentAuthorityId?: string;
  readonly metadata?: object;
}

/** Makes an authority with a key of its own in the key manager (plan: `create_enterprise_authority`). */
export async function createEnterpriseAuthority(
  deployment: Deployment,
  request: EnterpriseAuthorityRequest,
): Promise<Authority> {
  const id = request.id ?? `org-${slug(request.name)}`;
  const signingKeyId = request.signingKeyId ?? `key-${id}`;
  if ((await deployment.readAuthorities([id])).has(id)) throw alreadyExists(id);
  const publicKey =
    (await deployment.keyManager.publicKey(signingKeyId)) ??
    (await deployment.keyManager.generateKey(signingKeyId));
  const at = deployment.timestamp();
  return registerAuthority(deployment, {
    id,
    name: request.name,
    authorityType: request.authorityType ?? 'organization',
    publicKey,
    signingKeyId,
    permissions: request.permissions ?? AUTHORITY_PERMISSIONS,
    parentAuthorityId: request.parentAuthorityId ?? null,
    createdAt: at,
    updatedAt: at,
    isActive: true,
    metadata: toJsonObject(request.metadata ?? {}, 'metadata'),
  });
}

/**
 * Makes an authority known, for instance one of a Python deployment: its public key is enough to verify, its
 * private key must be in the key manager under `signingKeyId` to sign.
 */
export async function registerAuthority(
  deployment: Deployment,
  record: Authority | JsonObject,
): Promise<Authority> {
  const wire = 'publicKey' in record ? authorityCodec.encode(record as Authority) : (record as JsonObject);
  const authority = authorityCodec.decode(wire);
  importPublicKey(authority.publicKey);
  try {
    const text = authorityCodec.encodeText(authority);
    await deployment.store.commit([
      { op: 'put_authority', authorityId: authority.id, text, ifVersion: null },
    ]);
  } catch (error) {
    throw error instanceof StoreError && error.code === 'STORE_CONFLICT'
      ? alreadyExists(authority.id)
      : error;
  }
  return authority;
}

/** Lets an authority sign nothing more, or again. What it signed stays verifiable. */
export async function setAuthorityActive(
  deployment: Deployment,
  authorityId: string,
  isActive: boolean,
): Promise<Authority> {
  const [stored] = await deployment.store.readAuthorities([authorityId]);
  const authority = (await deployment.readAuthorities([authorityId])).get(authorityId);
  if (!stored || !authority) {
    throw new AuthorityError('AUTHORITY_NOT_FOUND', `There is no authority '${authorityId}'`, {
      remedy: 'Check the id.',
      evidence: { authorityId },
    });
  }
  const changed: Authority = { ...authority, isActive, updatedAt: deployment.timestamp() };
  const text = authorityCodec.encodeText(changed);
  await deployment.store.commit([{ op: 'put_authority', authorityId, text, ifVersion: stored.version }]);
  return changed;
}

function slug(name: unknown): string {
  const words = typeof name === 'string' ? name.toLowerCase().match(/[\p{L}\p{N}]+/gu) : null;
  if (words) return words.join('-');
  throw new InvalidArgumentError('An authority needs a name', {
    expected: "a text, for instance 'ACME Corp'",
    received: describe(name),
    remedy: 'Give it a name, or an id.',
  });
}

const alreadyExists = (id: string): AuthorityError =>
  new AuthorityError('AUTHORITY_ALREADY_EXISTS', `There is an authority '${id}' already`, {
    remedy: 'Use it, or choose another id.',
    evidence: { authorityId: id },
  });
