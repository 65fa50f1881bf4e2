import type { Authority, AuthorityPermission } from '../chain/index.js';
import type { Deployment } from './deployment.js';
import { isValidAt, speaksFor } from './statements/believed-authority.js';
import { type Denial, deny } from './verify/denial.js';

/**
 * Judges whether an authority is believed for what it did to an agent, now.
 *
 * @param authority - the authority as it was read; see `believedView`.
 * @param permission - what the authority must be allowed to do.
 */
export function judgeAuthority(
  deployment: Deployment,
  authority: Authority,
  agentId: string,
  permission: AuthorityPermission,
): Denial | undefined {
  const { id } = authority;
  const about = { authorityId: id, agentId };
  const untrusted = (reason: string): Denial => deny('AUTHORITY_NOT_TRUSTED', reason, about);
  const unpermitted = (reason: string): Denial => deny('AUTHORITY_NOT_PERMITTED', reason, about);
  const believed = deployment.believed(authority);
  if (!believed)
    return untrusted(
      `authority ${id} is neither pinned nor endorsed, and its key is not in the key manager of this process`,
    );
  if (!speaksFor(believed, agentId)) return untrusted(`authority ${id} does not speak for agent ${agentId}`);
  if (!isValidAt(believed, deployment.now())) return untrusted(`authority ${id} is not valid at this time`);
  const revoked = believed.revokedKeys.get(believed.publicKey);
  if (revoked) return untrusted(`the key of authority ${id} is revoked: ${revoked.reason}`);
  if (!authority.isActive) return unpermitted(`authority ${id} is inactive`);
  if (!believed.permissions.includes(permission)) return unpermitted(`authority ${id} lacks '${permission}'`);
  return undefined;
}
