import type { Authority } from '../chain/index.js';
import { AuthorityError, isEatpError } from '../errors/index.js';
import { authorityIdOf } from '../trust/issue/authorities.js';
import type { EnterpriseAuthorityRequest } from '../trust/issue/authority-request.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';

/**
 * Finds the authority of a deployment, or creates it. Processes can do so concurrently: all of them use the one that was
 * stored first.
 *
 * @throws AuthorityError `AUTHORITY_ALREADY_EXISTS` if the store has another authority of this id; KeyError `KEY_NOT_FOUND`.
 */
export async function ensureAuthority(
  trust: TrustOperations,
  request: EnterpriseAuthorityRequest,
): Promise<Authority> {
  const id = authorityIdOf(request);
  const authority = (await trust.getAuthority(id)) ?? (await create(trust, id, request));
  expectSame(authority, request);
  await deploymentOf(trust).keys.expect(authority);
  return authority;
}

async function create(
  trust: TrustOperations,
  id: string,
  request: EnterpriseAuthorityRequest,
): Promise<Authority> {
  try {
    return await trust.createEnterpriseAuthority(request);
  } catch (error) {
    const first = isEatpError(error, 'AUTHORITY_ALREADY_EXISTS') && (await trust.getAuthority(id));
    if (!first) throw error;
    return first;
  }
}

/** Two names can give the same id, and the wrong store can have an authority of this id. */
function expectSame(authority: Authority, request: EnterpriseAuthorityRequest): void {
  // The key can have been rotated since; whether it is here is checked by itself.
  const fields = ['name', 'authorityType', 'parentAuthorityId'] as const;
  const differing = fields.find(
    (field) => request[field] !== undefined && request[field] !== authority[field],
  );
  if (differing === undefined) return;
  throw new AuthorityError(
    'AUTHORITY_ALREADY_EXISTS',
    `The store has another authority '${authority.id}': its \`${differing}\` differs`,
    {
      expected: `${differing} '${request[differing]}'`,
      received: `'${authority[differing]}'`,
      remedy: 'Open the right store, pass the fields of the stored authority, or choose another `id`.',
      evidence: { authorityId: authority.id },
    },
  );
}
