import * as z from 'zod';
import { CheckpointError } from '../../errors/index.js';
import type { CheckpointRecord, GivenCheckpoint } from '../../store/index.js';
import { canonicalJson, type JsonObject } from '../../wire/index.js';
import { LeafLog, logOf } from './checkpoint-log.js';
import { readCheckpoint } from './checkpoint-note.js';
import { isSame } from './merkle-tree.js';

const form = z.strictObject({
  note: z.string(),
  start: z.int().nonnegative(),
  leaves: z.array(z.string()),
  timestamps: z.array(z.string()).optional(),
  /** The findings of `checkpoint()` while it made the record. It is not kept. */
  findings: z.array(z.unknown()).optional(),
});

/** A field for a checkpoint: its note, or a record of the form {@link CheckpointRecord}. */
export const givenCheckpointField = z.union([z.string(), form]);

/** Returns the text of a record: one line of canonical JSON, without a line feed. */
export const recordText = (record: CheckpointRecord): string =>
  canonicalJson({ ...record } as unknown as JsonObject);

/** Reads the text of a record. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function readRecord(text: string): CheckpointRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw CheckpointError.malformed('a line of JSON', text);
  }
  return expectRecord(json);
}

/** Copies and checks a record that was given. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function expectRecord(given: unknown): CheckpointRecord {
  const parsed = form.safeParse(given);
  if (!parsed.success)
    throw CheckpointError.malformed('a record of a checkpoint', parsed.error.issues[0]?.message ?? '');
  const { note, start, leaves, timestamps } = parsed.data;
  readCheckpoint(note);
  return { note, start, leaves, ...(timestamps && { timestamps }) };
}

/** Reads a checkpoint that was given as a record, as its text, or as a note. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function givenRecord(given: GivenCheckpoint): CheckpointRecord {
  if (typeof given !== 'string') return expectRecord(given);
  if (given.startsWith('{')) return readRecord(given);
  const { size } = readCheckpoint(given);
  return { note: given, start: size, leaves: [] };
}

/** The log that a record carries, if it carries all leaves of its checkpoint and they are the right ones. */
export function wholeLogOf({ note, start, leaves }: CheckpointRecord) {
  const { size, root } = readCheckpoint(note);
  if (start !== 0 || leaves.length < size || size === 0) return undefined;
  const log = logOf(leaves.slice(0, size));
  return isSame(log.tree.root(), root) ? log : undefined;
}

/**
 * Puts records together that follow each other, for instance all lines of a file, so that the last one carries all leaves.
 *
 * @throws CheckpointError `CHECKPOINT_INCONSISTENT` if one does not continue those before it.
 */
export function joinRecords(records: readonly CheckpointRecord[]): CheckpointRecord | undefined {
  const log = new LeafLog();
  let last: CheckpointRecord | undefined;
  for (const record of records) {
    const { size, root, origin } = readCheckpoint(record.note);
    const known = log.leaves.slice(record.start);
    const isNext = record.start <= log.leaves.length && known.every((leaf, i) => record.leaves[i] === leaf);
    if (!isNext || (last && origin !== readCheckpoint(last.note).origin))
      throw CheckpointError.inconsistent(describe(last), describe(record));
    log.append(record.leaves.slice(known.length));
    if (log.leaves.length !== size || !isSame(log.tree.root(), root))
      throw CheckpointError.inconsistent(describe(last), describe(record));
    last = record;
  }
  return last && { ...last, start: 0, leaves: log.leaves };
}

/** Names a checkpoint in an error. */
export function describe(record: Pick<CheckpointRecord, 'note'> | undefined): string {
  if (!record) return 'the beginning of the log';
  const [origin, size, root] = record.note.split('\n');
  return `'${origin}' with ${size} leaves and the root ${root}`;
}
