import type { Intent } from '../../store/index.js';
import { jsonMember, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { readAnchor } from './anchor.js';
import { isRunEnding } from './trail-judge.js';

const PAGE = 500;

/**
 * Whether a trail has no place for the outcome of an intent: the invocation has an anchor already, or the run has ended.
 * An intent that was closed before can be put back by a writer to the store, with a valid code. The trail is read
 * backwards to the time when the intent was opened, since no anchor of the invocation is earlier.
 */
export async function isRecordedAlready(deployment: Deployment, intent: Intent): Promise<boolean> {
  const { trailId, invocationId } = intent;
  const opened = timestampToMillis(intent.openedAt);
  const head = await deployment.store.trailHead(trailId);
  for (let end = head?.sequence ?? 0; end > 0; end -= PAGE) {
    const afterSequence = Math.max(0, end - PAGE);
    const page = await deployment.store.readTrail(trailId, { afterSequence, limit: end - afterSequence });
    const anchors = page.flatMap(({ text }) => readAnchor(text) ?? []);
    const isTaken = anchors.some(
      (anchor) => isRunEnding(anchor) || jsonMember(anchor.context, 'invocation_id') === invocationId,
    );
    if (isTaken) return true;
    const [first] = anchors;
    if (first && timestampToMillis(first.timestamp) < opened) return false;
  }
  return false;
}
