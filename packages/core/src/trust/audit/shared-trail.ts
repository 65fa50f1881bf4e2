import type { AuditAnchor } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { type AnchorDraft, signAnchor } from './anchor.js';
import { signerFor } from './trail-signer.js';
import type { AppendOptions, TrailWriter } from './trail-writer.js';

/** The id of the trail for whatever happens outside runs. It has many writers; the store gives each anchor its place. */
export const SHARED_TRAIL = 'outside-runs';

export class SharedTrail implements TrailWriter {
  readonly trailId = SHARED_TRAIL;

  constructor(private readonly deployment: Deployment) {}

  async append(
    draft: AnchorDraft,
    { closesIntent, reads, with: also = [] }: AppendOptions = {},
  ): Promise<AuditAnchor> {
    const by = await signerFor(reads ?? new ReadSet(this.deployment), draft);
    const { anchor, text } = await signAnchor(this.deployment, by.adapt(draft), by.evidence, by.authority);
    await this.deployment.store.commit([
      {
        op: 'append_shared',
        trailId: this.trailId,
        anchorId: anchor.id,
        agentId: anchor.agentId,
        text,
        ...(closesIntent !== undefined && { closesIntent }),
      },
      ...also,
    ]);
    return anchor;
  }
}
