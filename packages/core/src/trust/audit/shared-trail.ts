import type { AuditAnchor } from '../../chain/index.js';
import { StoreError } from '../../errors/index.js';
import type { StoreWrite } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { type AnchorDraft, signAnchor } from './anchor.js';
import { keepTrying } from './keep-trying.js';
import { signerFor } from './trail-signer.js';
import type { AppendOptions, ClosedIntent, TrailWriter } from './trail-writer.js';
import { unrecorded } from './unrecorded.js';

/** The id of the trail for everything outside runs. It has many writers; the store gives each anchor its place. */
export const SHARED_TRAIL = 'outside-runs';

/** Appends to the shared trail, the one for everything outside runs. */
export class SharedTrail implements TrailWriter {
  /** The id of the trail. */
  readonly trailId = SHARED_TRAIL;

  /** @param deployment - whose store and keys are used. */
  constructor(private readonly deployment: Deployment) {}

  /** Signs an anchor and appends it. Resolves when it is stored. */
  async append(draft: AnchorDraft, options: AppendOptions = {}): Promise<AuditAnchor> {
    const { closesIntent } = options;
    const { outcome, ...intent } = closesIntent ?? {};
    if (!outcome) return this.#append(draft, options);
    try {
      return await this.#append(draft, options);
    } catch (error) {
      // The act is done, so the record must follow. By then, records that were read for the first attempt can have
      // changed.
      const { reads: _stale, ...fresh } = options;
      keepTrying(() => this.#append(draft, fresh).then(() => undefined, ifClosed));
      throw unrecorded({ ...(intent as ClosedIntent), outcome }, error);
    }
  }

  async #append(draft: AnchorDraft, options: AppendOptions): Promise<AuditAnchor> {
    const { deployment } = this;
    const { closesIntent, reads, with: also = [], commit } = options;
    const by = await signerFor(reads ?? new ReadSet(deployment), draft);
    const { anchor, text } = await signAnchor(deployment, by.adapt(draft), by.evidence, by.authority);
    const writes: StoreWrite[] = [
      {
        op: 'append_shared',
        trailId: this.trailId,
        anchorId: anchor.id,
        agentId: anchor.agentId,
        text,
        ...(closesIntent && { closesIntent: closesIntent.invocationId }),
      },
      ...also,
    ];
    await (commit ? commit.pending.commit(writes, commit.dependsOn) : deployment.store.commit(writes));
    return anchor;
  }
}

/**
 * Ends the attempts if the intent is no longer open: an earlier attempt was applied after all, or recover() closed it.
 */
function ifClosed(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'STORE_CONFLICT')) throw error;
}
