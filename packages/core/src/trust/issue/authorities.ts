import { AUTHORITY_PERMISSIONS, type Authority, authorityCodec } from '../../chain/index.js';
import { AuthorityError, describe, InvalidArgumentError, StoreError } from '../../errors/index.js';
import { importPublicKey } from '../../signing/index.js';
import { expectId, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ensureKey } from '../ensure-key.js';
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
  const request = parseAuthorityRequest(given);
  const id = request.id ?? `org-${slug(request.name)}`;
  const signingKeyId = request.signingKeyId ?? `key-${id}`;
  if ((await deployment.readAuthorities([id])).has(id)) throw alreadyExists(id);
  const publicKey = await ensureKey(deployment.keyManager, signingKeyId);
  const at = deployment.timestamp();
  return store(deployment, {
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
}

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
