import { z } from 'zod';
import { isEatpError, StoreError } from '../../errors/index.js';
import { ENDED_STATES, type Intent, linkHash, TRAIL_START } from '../../store/index.js';
import { parseOptions, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { type AnchorDraft, readAnchor, signAnchor } from './anchor.js';
import { isSealed } from './intent-code.js';
import { intentContext } from './intent-context.js';
import { isRecordedAlready } from './recorded-already.js';
import { SharedTrail } from './shared-trail.js';
import { SHARED_TRAIL } from './trail-ids.js';
import { signerFor } from './trail-signer.js';

/** Options of `recover()`. */
export interface RecoveryOptions {
  /**
   * Only intents at least this old, in milliseconds, so that those of processes at work are left alone. Intents of
   * this process are never touched. Default: 60,000.
   */
  readonly minimumAge?: number;
}

/** The schema of {@link RecoveryOptions}. With NaN as the age, every intent would count as old enough. */
export const recoveryOptions = z.strictObject({
  minimumAge: z
    .custom<number>((value) => typeof value === 'number' && value >= 0, 'milliseconds, 0 or more')
    .optional(),
});

/** How often an append is repeated while other processes, which recover as well, take the next place first. */
const ATTEMPTS = 100;

/**
 * Closes the intents that a crash left open, except those of durable runs in progress, whose owners close them. Each
 * becomes an anchor with result `partial` and `outcome: unknown`, so that the trail names every act that can have been
 * done. Processes can do so concurrently: the store takes one outcome for each intent. Intents stay open if the key of
 * their agents' authority is not in the key manager.
 *
 * An intent without a valid code is left open, since it shows no act; so is one whose outcome is recorded already, or whose
 * run has ended. `doctor()` of the store reports both as `INTENT_ORPHANED`.
 *
 * @returns the ids of the invocations that this call closed.
 * @throws InvalidArgumentError.
 */
export async function recover(deployment: Deployment, given: RecoveryOptions): Promise<string[]> {
  const { minimumAge = 60_000 } = parseOptions(recoveryOptions, given, 'recover()');
  const closed: string[] = [];
  const open = await deployment.store.openIntents();
  const owned = await durableRunsInProgress(deployment, open);
  for (const intent of open) {
    if (
      intent.owner === deployment.owner ||
      owned.has(intent.trailId) ||
      deployment.now() - timestampToMillis(intent.openedAt) < minimumAge
    )
      continue;
    if (!(await isSealed(deployment, intent)) || (await isRecordedAlready(deployment, intent))) continue;
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

/**
 * The durable runs among the trails that have not ended. Each has an owner, or gets one, which closes its intents itself:
 * whether the owner lives is known to the engine, and age says nothing about it.
 */
async function durableRunsInProgress(
  { store }: Deployment,
  intents: readonly Intent[],
): Promise<ReadonlySet<string>> {
  const runIds = [...new Set(intents.map(({ trailId }) => trailId))].filter((id) => id !== SHARED_TRAIL);
  if (runIds.length === 0) return new Set();
  // A store of a plugin may keep no durable runs.
  const runs = await store.findRuns({ runIds, limit: runIds.length }).catch(() => []);
  return new Set(runs.filter(({ state }) => !ENDED_STATES.includes(state)).map(({ runId }) => runId));
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
