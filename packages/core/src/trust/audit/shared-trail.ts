import type { AuditAnchor } from '../../chain/index.js';
import { StoreError } from '../../errors/index.js';
import { SHARED_TRAIL } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import type { AnchorDraft } from './anchor.js';
import { keepTrying } from './keep-trying.js';
import { SharedTrailQueue } from './shared-trail-queue.js';
import type { AppendOptions, ClosedIntent, TrailWriter } from './trail-writer.js';
import { unrecorded } from './unrecorded.js';

/** Appends to the shared trail, the one for everything outside runs. */
export class SharedTrail implements TrailWriter {
  /** The id of the trail. */
  readonly trailId = SHARED_TRAIL;
  readonly #queue: SharedTrailQueue;

  /** @param deployment - whose store and keys are used. */
  constructor(private readonly deployment: Deployment) {
    this.#queue = queueOf(deployment);
  }

  now(): number {
    return Math.max(this.deployment.now(), this.#queue.latest);
  }

  /** Signs an anchor and appends it. Resolves when it is stored. */
  async append(draft: AnchorDraft, options: AppendOptions = {}): Promise<AuditAnchor> {
    const { closesIntent } = options;
    const { outcome, ...intent } = closesIntent ?? {};
    if (!outcome) return this.#queue.append(draft, options);
    try {
      return await this.#queue.append(draft, options);
    } catch (error) {
      // The act is done, so the record must follow. By then, records that were read for the first attempt can have
      // changed.
      const { reads: _stale, ...fresh } = options;
      keepTrying(() => this.#queue.append(draft, fresh).then(() => undefined, ifClosed));
      throw unrecorded({ ...(intent as ClosedIntent), outcome }, error);
    }
  }
}

const queues = new WeakMap<Deployment, SharedTrailQueue>();

function queueOf(deployment: Deployment): SharedTrailQueue {
  let queue = queues.get(deployment);
  if (!queue) {
    queue = new SharedTrailQueue(deployment, SHARED_TRAIL);
    queues.set(deployment, queue);
  }
  return queue;
}

/**
 * Ends the attempts if the intent is no longer open: an earlier attempt was applied after all, or recover() closed it.
 */
function ifClosed(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'STORE_CONFLICT')) throw error;
}
