import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import {
  CheckpointError,
  describe as describeValue,
  InvalidArgumentError,
  StoreError,
} from '../../errors/index.js';
import type { CheckpointRecord } from '../../store/index.js';
import { readCheckpoint } from './checkpoint-note.js';
import { describe, joinRecords, readRecord, recordText } from './checkpoint-record.js';
import type { CheckpointSink } from './checkpoint-sink.js';
import { syncFolderOf } from './sync-folder.js';

/**
 * Keeps checkpoints in a file that only grows: one line of JSON for each, with all leaves, so that the file alone shows what
 * the store held. The file is read again before each write, and a checkpoint that does not continue it is refused.
 *
 * @param path - the file. It is created, readable by its owner only, if it is not there.
 * @throws InvalidArgumentError.
 */
export function fileSink(path: string): CheckpointSink {
  const file = expectPath(path);
  let tail = Promise.resolve();
  const sizeNow = (): number => sizeOf(readCheckpointFile(file));
  return {
    size: async () => sizeNow(),
    write: (record) => {
      const written = tail.then(() => append(file, record));
      tail = written.then(
        () => undefined,
        () => undefined,
      );
      return written;
    },
  };
}

function expectPath(path: unknown): string {
  if (typeof path === 'string' && path.length > 0) return path;
  throw new InvalidArgumentError('`path` must name a file', {
    expected: 'a path',
    received: describeValue(path),
    remedy: 'Pass the path of the file that keeps the checkpoints.',
  });
}

const sizeOf = (record: CheckpointRecord | undefined): number => record?.leaves.length ?? 0;

function append(path: string, record: CheckpointRecord): undefined {
  const kept = readCheckpointFile(path);
  const from = sizeOf(kept);
  if (record.start > from || readCheckpoint(record.note).size < from)
    throw CheckpointError.inconsistent(describe(kept), describe(record));
  const line = { ...record, start: from, leaves: record.leaves.slice(from - record.start) };
  // Both records must agree on the leaves that both have.
  if (kept) joinRecords([kept, record]);
  else joinRecords([line]);
  const isNew = !existsSync(path);
  const fd = usable(path, 'written', () => openSync(path, 'a', 0o600));
  try {
    // A line that a crash cut off was never kept.
    if (!isNew) ftruncateSync(fd, readFileSync(path).lastIndexOf(0x0a) + 1);
    writeSync(fd, `${recordText(line)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (isNew) syncFolderOf(path);
}

/**
 * Reads a file that {@link fileSink} wrote, and checks that each checkpoint in it continues the one before. A last line that
 * a crash cut off is left out.
 *
 * @returns the last checkpoint, with all its leaves; undefined if there is no file, or nothing in it.
 * @throws CheckpointError `CHECKPOINT_MALFORMED`, `CHECKPOINT_INCONSISTENT`; StoreError `STORE_FAILED` if it cannot be read.
 */
export function readCheckpointFile(path: string): CheckpointRecord | undefined {
  if (!existsSync(path)) return undefined;
  const text = usable(path, 'read', () => readFileSync(path, 'utf8'));
  return joinRecords(text.split('\n').slice(0, -1).map(readRecord));
}

/** Opens or reads the file. @throws StoreError `STORE_FAILED`. */
function usable<T>(path: string, verb: 'read' | 'written', act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new StoreError('STORE_FAILED', `The file of checkpoints cannot be ${verb}`, {
      received: (cause as Error).message,
      remedy: 'Check the path and the permissions of the file.',
      evidence: { path, retryable: false, outcome: 'nothing_written' },
      cause,
    });
  }
}
