import { CheckpointError } from '../../errors/index.js';
import type { GivenCheckpoint } from '../../store/index.js';
import type { CheckpointedEntry } from '../audit/trail-judge.js';
import type { Deployment } from '../deployment.js';
import { CheckpointLog, type LeafLog } from './checkpoint-log.js';
import { readCheckpoint } from './checkpoint-note.js';
import { describe, givenRecord, wholeLogOf } from './checkpoint-record.js';
import { isSame } from './merkle-tree.js';
import { type NoteKey, signedBefore } from './signed-note.js';

/** A checkpoint with its leaves, and the moment before which it was made. */
export interface CheckpointEvidence {
  /** The signed note. */
  readonly note: string;
  /** The leaves that it covers. */
  readonly log: LeafLog;
  /**
   * A moment by which it existed, in milliseconds since the epoch, for which somebody vouches whose key counts; Infinity if
   * nobody does.
   */
  readonly madeBefore: number;
}

/**
 * Finds the leaves of checkpoints, in themselves or in the store, and when they were made.
 *
 * @param keys - keys of witnesses whose time counts, besides the authorities that are believed and their keys that are not
 * revoked.
 * @param existedAt - a moment at which they existed, which the caller knows otherwise.
 * @throws CheckpointError `CHECKPOINT_MALFORMED`, `CHECKPOINT_INCONSISTENT` if the leaves are to be had nowhere.
 */
export async function checkpointEvidence(
  deployment: Deployment,
  given: GivenCheckpoint | readonly GivenCheckpoint[] | undefined,
  keys: readonly NoteKey[],
  existedAt: Date | undefined,
): Promise<CheckpointEvidence[]> {
  if (given === undefined) return [];
  const list = (Array.isArray(given) ? given : [given]) as readonly GivenCheckpoint[];
  await deployment.statements.refresh();
  const stored = new CheckpointLog();
  let isRead = false;
  const evidence: CheckpointEvidence[] = [];
  for (const each of list) {
    const record = givenRecord(each);
    const { size, root, origin, ...note } = readCheckpoint(record.note);
    let log = wholeLogOf(record);
    if (!log) {
      if (!isRead) await stored.readOn(deployment.store);
      isRead = true;
      if (stored.leaves.length < size || !isSame(stored.tree.root(size), root))
        throw CheckpointError.inconsistent(
          describe(record),
          `a log of ${stored.leaves.length} leaves in the store`,
        );
      log = stored.before(size);
    }
    const times = [...keys, ...unrevokedKeys(deployment, origin)].map((key) => signedBefore(note, key));
    evidence.push({
      note: record.note,
      log,
      madeBefore: Math.min(existedAt?.getTime() ?? Infinity, ...times),
    });
  }
  return evidence;
}

/** The keys of the believed authorities that were not revoked, as they sign the checkpoints of a log. */
export function unrevokedKeys({ statements }: Deployment, origin: string): NoteKey[] {
  const keys: NoteKey[] = [];
  for (const { publicKey, earlierKeys, revokedKeys } of statements.state.authorities)
    for (const key of [publicKey, ...earlierKeys])
      if (!revokedKeys.has(key)) keys.push({ name: origin, publicKey: key });
  return keys;
}

/** The entry of a trail that a checkpoint names. */
export function entryIn({ log, madeBefore }: CheckpointEvidence, trailId: string): CheckpointedEntry {
  const { sequence = 0, hash = '' } = log.about('trail', trailId) ?? {};
  return { sequence, hash, madeBefore };
}
