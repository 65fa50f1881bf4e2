import { type Authority, AuthorityError, type TrustOperations } from '@kaizen-eatp/core';
import type { Intent } from '@kaizen-eatp/core/store';
import { type BareIntent, sealIntent } from '../../src/trust/audit/intent-code.js';
import { deploymentOf } from '../../src/trust/trust-operations.js';

/** Opens an intent as a process with the key of `org-acme` does that then crashes. @returns the intent. */
export async function openIntent(
  trust: TrustOperations,
  invocationId: string,
  more: Partial<BareIntent> = {},
): Promise<Intent> {
  const deployment = deploymentOf(trust);
  const authority: Authority | undefined = await trust.getAuthority('org-acme');
  if (!authority) throw new AuthorityError('AUTHORITY_NOT_FOUND', 'no org-acme', { remedy: 'Create it.' });
  const intent = await sealIntent(
    deployment,
    {
      invocationId,
      trailId: 'run-1',
      taskId: 't',
      agentId: 'agent-bob',
      action: 'read',
      method: null,
      resource: 'r',
      delegationId: null,
      person: null,
      attempt: 1,
      inputDigest: 'd',
      owner: 'a process that crashed',
      openedAt: '2026-01-05T11:00:00+00:00',
      ...more,
    },
    authority,
  );
  await deployment.store.commit([{ op: 'open_intent', intent }]);
  return intent;
}
