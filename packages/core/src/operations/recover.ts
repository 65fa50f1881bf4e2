import { linkHash, TRAIL_START } from '../store/index.js';
import { timestampToMillis } from '../wire/index.js';
import { signAnchor } from './anchors.js';
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

/**
 * Closes what a crash left open: each intent without an outcome becomes an anchor with result `partial` and
 * `outcome: unknown`, so that nothing that may have been done is passed over in silence.
 *
 * @returns the invocation ids that were closed.
 */
export async function recover(kernel: Kernel, { minimumAge = 60_000 }: RecoveryOptions): Promise<string[]> {
  const closed: string[] = [];
  for (const intent of await kernel.store.openIntents()) {
    if (intent.owner === kernel.owner || kernel.now() - timestampToMillis(intent.openedAt) < minimumAge)
      continue;
    const draft = {
      agentId: intent.agentId,
      action: intent.action,
      resource: intent.resource,
      result: 'partial',
      context: { ...intentContext(intent), outcome: 'unknown' },
    } as const;
    if (intent.trailId === SHARED_TRAIL)
      await new SharedTrail(kernel).append(draft, { closesIntent: intent.invocationId });
    else await appendToRun(kernel, intent.trailId, draft, intent.invocationId);
    closed.push(intent.invocationId);
  }
  return closed;
}

async function appendToRun(
  kernel: Kernel,
  trailId: string,
  draft: Parameters<typeof signerFor>[1],
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
