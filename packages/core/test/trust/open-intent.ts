import type { TrustOperations } from '@kaizen-eatp/core';
import type { Intent } from '@kaizen-eatp/core/store';
import { type BareIntent, sealIntent } from '../../src/trust/audit/intent-code.js';
import { deploymentOf } from '../../src/trust/trust-operations.js';

/** Opens an intent as a process with the key of an authority does that then crashes. @returns the intent. */
export async function openIntent(
  trust: TrustOperations,
  invocationId: string,
  { authorityId = 'org-acme', ...more }: Partial<BareIntent> & { readonly authorityId?: string } = {},
): Promise<Intent> {
  const deployment = deploymentOf(trust as never);
  const authority = await deployment.signingAuthority(authorityId);
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

/** Lets the store see the end of a process, whose objects go on all the same, as those of a process that was taken for ended. */
export const endProcess = (trust: TrustOperations): Promise<void> =>
  deploymentOf(trust as never).presence.leave();
