import { AUTHORITY_PERMISSIONS, type Authority, authorityCodec } from '../../chain/index.js';
import { AuthorityError, describe, InvalidArgumentError, StoreError } from '../../errors/index.js';
import { importPublicKey } from '../../signing/index.js';
import { expectId, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ensureKey, newKeyId } from '../ensure-key.js';
import {
  type EnterpriseAuthorityRequest,
  parseAuthority,
  parseAuthorityRequest,
  WORDS,
} from './authority-request.js';

/** Creates an authority with its own key in the key manager. */
export async function createEnterpriseAuthority(
  deployment: Deployment,
  given: EnterpriseAuthorityRequest,
): Promise<Authority> {
  const { keyManager } = deployment;
  const request = parseAuthorityRequest(given);
  const id = authorityIdOf(request);
  if ((await deployment.readAuthorities([id])).has(id)) throw alreadyExists(id);
  const signingKeyId = request.signingKeyId ?? newKeyId(id);
  const publicKey = await ensureKey(keyManager, signingKeyId);
  const at = deployment.timestamp();
  try {
    return await store(deployment, {
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
      metadata: request.metadata ?? {},
    });
  } catch (error) {
    // Another process stored an authority of this id first: nothing will ever refer to the new key.
    const isOrphan = request.signingKeyId === undefined && error instanceof AuthorityError;
    if (isOrphan) await keyManager.removeKey?.(signingKeyId);
    throw error;
  }
}

/** The id of an authority to create. */
export const authorityIdOf = ({ id, name }: Pick<EnterpriseAuthorityRequest, 'id' | 'name'>): string =>
  id ?? `org-${slug(name)}`;

/**
 * Stores an authority that was made elsewhere, for instance one of a Python deployment. Its public key is enough to
 * verify. To sign, its private key must be in the key manager under `signingKeyId`.
 */
export async function registerAuthority(
  deployment: Deployment,
  given: Authority | JsonObject,
): Promise<Authority> {
  return store(deployment, parseAuthority(given));
}

async function store(deployment: Deployment, record: Authority): Promise<Authority> {
  const authority = authorityCodec.decode(authorityCodec.encode(record));
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

/** Switches an authority off, so that it signs nothing more, or on again. Its old signatures stay valid. */
export async function setAuthorityActive(
  deployment: Deployment,
  authorityId: string,
  isActive: boolean,
): Promise<Authority> {
  expectId(authorityId, 'authorityId');
  expectBoolean(isActive);
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

function expectBoolean(isActive: unknown): void {
  if (typeof isActive === 'boolean') return;
  throw new InvalidArgumentError('`isActive` is invalid', {
    expected: 'true or false',
    received: describe(isActive),
    remedy: 'Pass false to switch the authority off, true to switch it on.',
  });
}

/** The words of a name, joined with dashes; the request's schema ensures that there is one. */
const slug = (name: string): string => name.toLowerCase().match(WORDS)?.join('-') ?? '';

const alreadyExists = (id: string): AuthorityError =>
  new AuthorityError('AUTHORITY_ALREADY_EXISTS', `There is an authority '${id}' already`, {
    remedy: 'Read it with getAuthority(), or choose another id.',
    evidence: { authorityId: id },
  });
