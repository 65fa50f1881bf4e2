import { isEatpError, StoreError } from '../../errors/index.js';
import { type Intent, linkHash, SHARED_TRAIL, TRAIL_START } from '../../store/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { isInDoubt } from './acts-in-doubt.js';
import { type AnchorDraft, readAnchor, signAnchor } from './anchor.js';
import { abandonedIntents } from './gone-owners.js';
import { intentContext } from './intent-context.js';
import { SharedTrail } from './shared-trail.js';
import { signerFor } from './trail-signer.js';

/** How often an append is repeated while other processes, which recover as well, take the next place first. */
const ATTEMPTS = 100;

/**
 * Closes the intents whose owners have ended, except those of durable runs in progress, which are continued. Each
 * becomes an anchor with result `partial` and `outcome: unknown`, so that the trail names every act that can have been
 * done. Processes can do so concurrently: the store takes one outcome for each intent. Intents stay open if the key of
 * their agents' authority is not in the key manager.
 *
 * The owners are retired first, so that one that only seemed to have ended opens nothing more under its name.
 *
 * An intent without a valid code is left open, since it shows no act; so is one whose outcome is recorded already, or whose
 * run has ended. `doctor()` of the store reports both as `INTENT_ORPHANED`.
 *
 * @returns the ids of the invocations that this call closed.
 */
export async function recover(deployment: Deployment): Promise<string[]> {
  const { store } = deployment;
  const abandoned = await abandonedIntents(deployment, await store.openIntents());
  if (abandoned.length === 0) return [];
  const owners = new Set(abandoned.map(({ owner }) => owner));
  await store.commit(Array.from(owners, (owner) => ({ op: 'retire_owner', owner }) as const));
  const trails = new Set(abandoned.map(({ trailId }) => trailId));
  const closed: string[] = [];
  // Read again, since an owner can have opened and closed some until it was retired.
  for (const intent of await store.openIntents()) {
    if (!owners.has(intent.owner) || !trails.has(intent.trailId)) continue;
    if (!(await isInDoubt(deployment, intent))) continue;
    if (await closeIfKeyIsHere(deployment, intent)) closed.push(intent.invocationId);
  }
  return closed;
}

/** An intent whose records only another process can sign stays open for that process. */
async function closeIfKeyIsHere(deployment: Deployment, intent: Intent): Promise<boolean> {
  try {
    return await close(deployment, intent);
  } catch (error) {
    if (isEatpError(error, 'KEY_NOT_FOUND') || isEatpError(error, 'RECORDER_REQUIRED')) return false;
    throw error;
  }
}

/** @returns false if another process has closed it. */
async function close(deployment: Deployment, intent: Intent): Promise<boolean> {
  const draft: AnchorDraft = {
    agentId: intent.agentId,
    action: intent.action,
    resource: intent.resource,
    result: 'partial',
    context: { ...intentContext(intent), outcome: 'unknown' },
  };
  for (let attempt = 1; ; attempt++) {
    try {
      if (intent.trailId === SHARED_TRAIL)
        await new SharedTrail(deployment).append(draft, {
          closesIntent: { invocationId: intent.invocationId, agentId: intent.agentId },
        });
      else await appendToRun(deployment, intent.trailId, draft, intent.invocationId);
      return true;
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (!(await isOpen(deployment, intent))) return false;
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** Whether another process was first, with this outcome or at this place of the trail. */
const isTaken = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === 'STORE_CONFLICT' || error.code === 'TRAIL_FORK');

async function isOpen(deployment: Deployment, { trailId, invocationId }: Intent): Promise<boolean> {
  const open = await deployment.store.openIntents({ trailId });
  return open.some((intent) => intent.invocationId === invocationId);
}

async function appendToRun(
  deployment: Deployment,
  trailId: string,
  draft: AnchorDraft,
  closesIntent: string,
): Promise<void> {
  const head = await deployment.store.trailHead(trailId);
  const last = head && readAnchor(head.text);
  const previousHash = head?.hash ?? TRAIL_START;
  const sequence = (head?.sequence ?? 0) + 1;
  const by = await signerFor(new ReadSet(deployment), draft);
  const place = { id: trailId, sequence, previous: previousHash };
  const { anchor, text } = await signAnchor(
    deployment,
    by.adapt(draft, place),
    by.evidence,
    by.authority,
    last ? timestampToMillis(last.timestamp) : Number.NEGATIVE_INFINITY,
  );
  const hash = linkHash(previousHash, text);
  const entry = { trailId, sequence, previousHash, hash, anchorId: anchor.id, agentId: anchor.agentId, text };
  await deployment.store.commit([{ op: 'append_anchor', entry, closesIntent }]);
}
