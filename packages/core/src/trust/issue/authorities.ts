import { AUTHORITY_PERMISSIONS, type Authority, authorityCodec } from '../../chain/index.js';
import { AuthorityError, describe, InvalidArgumentError, StoreError } from '../../errors/index.js';
import { importPublicKey } from '../../signing/index.js';
import type { StoreWrite } from '../../store/index.js';
import { expectId, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ensureKey, newKeyId } from '../ensure-key.js';
import { commitStatements, holdsKey, statementSigner } from '../statements/append-statements.js';
import { governs } from '../statements/authority-register.js';
import type { BelievedAuthority } from '../statements/believed-authority.js';
import {
  type EnterpriseAuthorityRequest,
  parseAuthority,
  parseAuthorityRequest,
  WORDS,
} from './authority-request.js';
import { type EndorsementTerms, endorsement, UNLIMITED } from './authority-statements.js';

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
  const authority: Authority = {
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
  };
  try {
    const { namespaces = UNLIMITED.namespaces } = request;
    return await store(deployment, authority, { ...UNLIMITED, namespaces });
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
 * Stores an authority that was made elsewhere, for instance one of a Python deployment. It is believed if its private key
 * is in the key manager under `signingKeyId`; otherwise it must be pinned in `roots` or endorsed.
 */
export async function registerAuthority(
  deployment: Deployment,
  given: Authority | JsonObject,
): Promise<Authority> {
  return store(deployment, parseAuthority(given), UNLIMITED);
}

/** Stores an authority. With its key here, it vouches for itself, which counts for deployments that hold the key. */
async function store(deployment: Deployment, record: Authority, terms: EndorsementTerms): Promise<Authority> {
  const authority = authorityCodec.decode(authorityCodec.encode(record));
  importPublicKey(authority.publicKey);
  try {
    const text = authorityCodec.encodeText(authority);
    const put: StoreWrite = { op: 'put_authority', authorityId: authority.id, text, ifVersion: null };
    if (!(await holdsKey(deployment, authority))) await deployment.store.commit([put]);
    else {
      await commitStatements(deployment, () => {
        const known = deployment.statements.state.authority(authority.id);
        if (known && known.publicKey !== authority.publicKey) throw alreadyExists(authority.id);
        return { drafts: known ? [] : [endorsement(authority, terms)], signer: authority, writes: [put] };
      });
    }
  } catch (error) {
    throw error instanceof StoreError && error.code === 'STORE_CONFLICT'
      ? alreadyExists(authority.id)
      : error;
  }
  return authority;
}

/** Deactivates an authority, so that it signs nothing more and its agents do not act, or activates it again. */
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
  const { version } = stored;
  await commitStatements(deployment, async () => ({
    drafts: [
      {
        kind: isActive ? 'authority_reactivated' : 'authority_deactivated',
        body: { authority_id: authorityId },
      },
    ],
    signer: await governorOf(deployment, authorityId, isActive ? 'activate it' : 'deactivate it'),
    writes: [{ op: 'put_authority', authorityId, text, ifVersion: version }],
  }));
  return changed;
}

/** The authority itself, or one that decides about it, whose key is here. */
export function governorOf(deployment: Deployment, authorityId: string, what: string): Promise<Authority> {
  const subject = deployment.statements.state.authority(authorityId);
  const may = (signer: BelievedAuthority): boolean =>
    subject !== undefined && !signer.revokedKeys.has(signer.publicKey) && governs(signer, subject);
  return statementSigner(deployment, `decide about authority '${authorityId}' and ${what}`, may, [
    authorityId,
  ]);
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
