import { toBase64 } from '#crypto';
import { CheckpointError, describe, InvalidArgumentError } from '../../errors/index.js';
import type { CheckpointRecord } from '../../store/index.js';
import type { LeafLog } from './checkpoint-log.js';
import { readCheckpoint } from './checkpoint-note.js';
import { expectRecord } from './checkpoint-record.js';
import type { CheckpointSink } from './checkpoint-sink.js';
import { writeSignatures } from './signed-note.js';

/**
 * Hands a checkpoint to a sink.
 *
 * @param log - the log that the checkpoint covers.
 * @returns the checkpoint with what the sink added to it.
 */
export async function handOver(
  sink: CheckpointSink,
  record: CheckpointRecord,
  log: LeafLog,
): Promise<CheckpointRecord> {
  const { note, timestamps, start } = record;
  const known = (await sink.size?.()) ?? start;
  expectSize(known, Number.MAX_SAFE_INTEGER, 'size() of a sink');
  const from = Math.min(known, start);
  const whole = { note, start: from, leaves: log.leaves.slice(from), ...(timestamps && { timestamps }) };
  const added = await sink.write(whole, (size) => {
    expectSize(size, log.leaves.length, 'the argument of proofFrom()');
    return log.tree.consistencyProof(size).map(toBase64);
  });
  return added ? withAdded(record, expectRecord(added)) : record;
}

/** A sink can add signatures and timestamps. It must not hand another checkpoint to the sinks after it. */
function withAdded(record: CheckpointRecord, added: CheckpointRecord): CheckpointRecord {
  const { text, signatures } = readCheckpoint(record.note);
  const next = readCheckpoint(added.note);
  const isSame =
    next.text === text && writeSignatures(next.signatures).startsWith(writeSignatures(signatures));
  const { timestamps = [] } = record;
  const isLonger = timestamps.every((timestamp, i) => added.timestamps?.[i] === timestamp);
  if (!isSame || !isLonger)
    throw CheckpointError.malformed(
      'from a sink, the checkpoint that it was given, with signatures or timestamps added at the end',
      added.note,
    );
  return { ...record, note: added.note, ...(added.timestamps && { timestamps: added.timestamps }) };
}

function expectSize(size: unknown, largest: number, what: string): void {
  if (Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= largest) return;
  throw new InvalidArgumentError(`${what} must be a number of leaves`, {
    expected: `a whole number from 0 to ${largest}`,
    received: typeof size === 'number' ? String(size) : describe(size),
    remedy: 'Repair the sink: it counts the leaves that it has.',
  });
}
