import * as z from 'zod';
import { CheckpointError, StoreError } from '../../errors/index.js';
import type { CheckpointRecord } from '../../store/index.js';
import { parseOptions } from '../../wire/index.js';
import { readBounded } from './bounded-answer.js';
import { readCheckpoint } from './checkpoint-note.js';
import type { CheckpointSink } from './checkpoint-sink.js';
import {
  givenNoteKey,
  type NoteKey,
  type NoteSignature,
  noteKeyField,
  readSignatures,
  validSignatures,
  writeNote,
} from './signed-note.js';
import { witnessRequest } from './witness.js';

/** A witness that is asked for its cosignature. */
export interface WitnessSinkOptions {
  /** The address of the witness; `add-checkpoint` is added to it. */
  readonly url: string;
  /** The key of the witness: as an object, or in the form `<name>+<hash>+<key>`. */
  readonly key: NoteKey | string;
  /** Milliseconds until an answer must be there. Default: 10,000. */
  readonly timeout?: number;
}

/** The schema of {@link WitnessSinkOptions}. */
export const witnessSinkOptions = z.strictObject({
  url: z.url(),
  key: noteKeyField,
  timeout: z.int().positive().optional(),
});

/** More than the lines of a cosignature have, or a size, or a reason. */
const LARGEST_ANSWER = 64 * 1024;

/**
 * Asks a witness to cosign each checkpoint, and adds the cosignature to the note for the sinks after it.
 *
 * Writing throws CheckpointError `CHECKPOINT_INCONSISTENT` if the witness knows another log of this name, `CHECKPOINT_NOT_TRUSTED`
 * if it does not know the log or its key, and StoreError `STORE_FAILED` if it cannot be reached or does not answer in order.
 *
 * @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED` for a key.
 */
export function witnessSink(given: WitnessSinkOptions): CheckpointSink {
  const { url, key, timeout = 10_000 } = parseOptions(witnessSinkOptions, given, 'witnessSink()');
  const witness = givenNoteKey(key);
  const address = `${url.replace(/\/$/, '')}/add-checkpoint`;
  let size = 0;
  return {
    write: async (record, proofFrom) => {
      const checkpoint = readCheckpoint(record.note);
      const ask = async (from: number): Promise<{ status: number; body: string }> => {
        const body = witnessRequest(from, proofFrom(from), record.note);
        try {
          const response = await fetch(address, {
            method: 'POST',
            body,
            signal: AbortSignal.timeout(timeout),
          });
          const bytes = await readBounded(response, LARGEST_ANSWER);
          return { status: response.status, body: new TextDecoder().decode(bytes) };
        } catch (cause) {
          throw unreachable(address, String((cause as Error).cause ?? cause), cause);
        }
      };
      let { status, body } = await ask(Math.min(size, checkpoint.size));
      if (status === 409) {
        const known = /^[0-9]{1,15}\n?$/.test(body) ? Number(body) : undefined;
        if (known === undefined)
          throw unreachable(address, `the status 409 with '${body.slice(0, 100)}', and no size`, undefined);
        if (known > checkpoint.size)
          throw CheckpointError.inconsistent(
            `the ${known} leaves that the witness knows`,
            `${checkpoint.size} leaves`,
          );
        size = known;
        ({ status, body } = await ask(known));
      }
      if (status !== 200) throw refused(status, body);
      const { text } = checkpoint;
      const cosignatures = signaturesIn(body).filter((signature) =>
        validSignatures({ text, signatures: [signature] }, witness).some(({ at }) => at !== undefined),
      );
      if (cosignatures.length === 0) throw unreachable(address, 'no valid cosignature', undefined);
      size = checkpoint.size;
      const signatures = [...checkpoint.signatures, ...cosignatures];
      return { ...record, note: writeNote({ text, signatures }) } satisfies CheckpointRecord;
    },
  };
}

/** The signatures in the answer of a witness; none if it is something else, for instance the page of a proxy. */
function signaturesIn(body: string): readonly NoteSignature[] {
  try {
    return readSignatures(body);
  } catch {
    return [];
  }
}

const unreachable = (address: string, received: string, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `The witness at ${address} does not answer in order`, {
    received,
    remedy:
      'Start the witness, or check its address and key. The checkpoint is in the store, without a cosignature.',
    evidence: { retryable: true, outcome: 'nothing_written' },
    cause,
  });

const refused = (status: number, body: string): CheckpointError =>
  status === 403 || status === 404
    ? new CheckpointError('CHECKPOINT_NOT_TRUSTED', 'The witness does not know this log, or its key', {
        received: `${status}: ${body.trim()}`,
        remedy: 'Name the log and its present key in the options of the witness.',
      })
    : CheckpointError.inconsistent('the log that the witness knows', `${status}: ${body.trim()}`);
