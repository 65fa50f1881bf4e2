import { SHARED_TRAIL } from '@kaizen-eatp/core';
import type { GivenCheckpoint } from '@kaizen-eatp/core/checkpoints';
import type { DeploymentAnswer } from '@kaizen-eatp/viewer';
import { anchorsOf, textMember } from '../reading/anchors.js';
import { authoritiesOf } from '../reading/rows.js';
import type { Source } from './run-answers.js';

/** The most revocations that are shown. */
const MOST = 200;

/** Describes the deployment as a whole. Reads the whole store. */
export async function describeDeployment(
  { store, trust }: Source,
  checkpoint: GivenCheckpoint | undefined,
): Promise<DeploymentAnswer> {
  const revocations: DeploymentAnswer['revocations'][number][] = [];
  for await (const { anchor } of anchorsOf(store, SHARED_TRAIL)) {
    if (!anchor?.action.startsWith('revoke')) continue;
    const subject = anchor.resource ?? anchor.agentId;
    const reason = textMember(anchor, 'reason') ?? null;
    revocations.push({ at: anchor.timestamp, action: anchor.action, subject, reason });
  }
  const { findings } = await store.doctor({});
  const believed = new Map((await trust.believedAuthorities()).map((each) => [each.id, each]));
  const compared = checkpoint === undefined ? undefined : await trust.verifyCheckpoint(checkpoint);
  return {
    authorities: (await authoritiesOf(store)).map(({ id, name, publicKey, isActive }) => ({
      id,
      name,
      publicKey,
      isActive,
      isPinned: believed.get(id)?.source === 'pinned' && believed.get(id)?.publicKey === publicKey,
    })),
    revocations: revocations.reverse().slice(0, MOST),
    findings: findings.map(({ code, subject, reason }) => ({ code, subject, reason })),
    checkpoint: compared
      ? {
          size: compared.size,
          findings: compared.findings.map(({ code, subject, reason }) => ({ code, subject, reason })),
        }
      : null,
  };
}
