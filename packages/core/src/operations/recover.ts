import { describe, expectOptions, InvalidArgumentError, StoreError } from '../errors/index.js';
import { type Intent, linkHash, TRAIL_START } from '../store/index.js';
import { timestampToMillis } from '../wire/index.js';
import { type AnchorDraft, signAnchor } from './anchors.js';
import { intentContext } from './intents.js';
import type { Kernel } from './kernel.js';
import { signerFor } from './signing-chain.js';
import { SHARED_TRAIL, SharedTrail } from './trail-writer.js';
import { View } from './view.js';

export interface RecoveryOptions {
  /**
   * Only intents at least this old, in milliseconds, so that those of processes at work are left alone. Intents of
   * this process are never touched. Default: 60,000.
   */
  readonly minimumAge?: number;
}

/** How often a place in a trail is looked for while others, who recover as well, take one after the other. */
const ATTEMPTS = 100;

/**
 * Closes what a crash left open: each intent without an outcome becomes an anchor with result `partial` and
 * `outcome: unknown`, so that nothing that may have been done is passed over in silence. Any number of processes may
 * do so at once: the store takes one outcome for each intent.
 *
 * @returns the invocation ids that were closed by this call.
 * @throws InvalidArgumentError.
 */
export async function recover(kernel: Kernel, options: RecoveryOptions): Promise<string[]> {
  expectOptions(options, 'recover()', ['minimumAge']);
  const minimumAge = checkAge(options.minimumAge === undefined ? 60_000 : options.minimumAge);
  const closed: string[] = [];
  for (const intent of await kernel.store.openIntents()) {
    if (intent.owner === kernel.owner || kernel.now() - timestampToMillis(intent.openedAt) < minimumAge)
      continue;
    if (await close(kernel, intent)) closed.push(intent.invocationId);
  }
  return closed;
}

/** What is no number is younger than nothing: all would be closed, those of processes at work too. */
function checkAge(minimumAge: unknown): number {
  if (typeof minimumAge === 'number' && minimumAge >= 0) return minimumAge;
  throw new InvalidArgumentError('`minimumAge` is no age', {
    expected: 'milliseconds, 0 or more',
    received: describe(minimumAge),
    remedy: 'Leave it out for a minute.',
  });
}

/** @returns false if somebody else has closed it. */
async function close(kernel: Kernel, intent: Intent): Promise<boolean> {
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
        await new SharedTrail(kernel).append(draft, { closesIntent: intent.invocationId });
      else await appendToRun(kernel, intent.trailId, draft, intent.invocationId);
      return true;
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (!(await isOpen(kernel, intent))) return false;
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** Whether somebody else was first, with this outcome or at this place of the trail. */
const isTaken = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === 'STORE_CONFLICT' || error.code === 'TRAIL_FORK');

async function isOpen(kernel: Kernel, { trailId, invocationId }: Intent): Promise<boolean> {
  const open = await kernel.store.openIntents({ trailId });
  return open.some((intent) => intent.invocationId === invocationId);
}

async function appendToRun(
  kernel: Kernel,
  trailId: string,
  draft: AnchorDraft,
  closesIntent: string,
): Promise<void> {
  const head = await kernel.store.trailHead(trailId);
  const previousHash = head?.hash ?? TRAIL_START;
  const sequence = (head?.sequence ?? 0) + 1;
  const by = await signerFor(new View(kernel), draft);
  const place = { id: trailId, sequence, previous: previousHash };
  const { anchor, text } = await signAnchor(kernel, by.adapt(draft, place), by.evidence, by.authority);
  const hash = linkHash(previousHash, text);
  const entry = { trailId, sequence, previousHash, hash, anchorId: anchor.id, agentId: anchor.agentId, text };
  await kernel.store.commit([{ op: 'append_anchor', entry, closesIntent }]);
}
