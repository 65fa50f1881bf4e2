import * as z from 'zod';
import { fromBase64 } from '#crypto';
import type { KeyManager } from '../../signing/index.js';
import { type Clock, handleField, idField, parseOptions, systemClock } from '../../wire/index.js';
import { type CheckpointContent, readCheckpoint } from './checkpoint-note.js';
import { isConsistent, isSame } from './merkle-tree.js';
import {
  givenNoteKey,
  isNoteName,
  type NoteKey,
  noteKeyField,
  noteSignature,
  type SignedNote,
  signedText,
  validSignatures,
  writeSignatures,
} from './signed-note.js';
import { WitnessMemory } from './witness-memory.js';

/** What a witness needs. */
export interface WitnessOptions {
  /** The name of the witness in its cosignatures, for instance `witness.example.com/w1`: without white space and `+`. */
  readonly name: string;
  /** Holds the key of the witness. */
  readonly keyManager: KeyManager;
  /** The id of the key in the key manager. */
  readonly keyId: string;
  /**
   * The logs that are cosigned, by the keys of their authorities: as objects with the origin of the log as their name, or in
   * the form `<origin>+<hash>+<key>`. After a rotation, name the new key too.
   */
  readonly logs: readonly (NoteKey | string)[];
  /**
   * The file that remembers the last checkpoint of each log. It is created if it is not there, and its name gets a number that
   * grows with each checkpoint: several processes can serve one witness, and none cosigns a fork of what another one signed.
   */
  readonly file: string;
  /** The source of the time in cosignatures. Default: the system's clock. */
  readonly clock?: Clock;
}

/** The schema of {@link WitnessOptions}. */
export const witnessOptions = z.strictObject({
  name: z.string().refine(isNoteName, "a name without white space and '+'"),
  keyManager: handleField<KeyManager>('a KeyManager', 'sign', 'publicKey'),
  keyId: idField,
  logs: z.array(noteKeyField).min(1),
  file: z.string().min(1),
  clock: handleField<Clock>('a Clock', 'now').optional(),
});

/** An answer of a witness, as C2SP `tlog-witness` has it. */
export interface WitnessAnswer {
  /**
   * The HTTP status: 200 with a cosignature, 400 for a malformed request, 403 for a checkpoint that the log did not sign, 404
   * for an unknown log, 409 with the size that the witness knows, 422 for a proof that does not hold.
   */
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  /** The lines of the cosignature, the size, or the reason. */
  readonly body: string;
}

/** A party apart from the store that signs only checkpoints that continue those that it has signed before. */
export interface Witness {
  /** The key that its cosignatures are checked with. */
  readonly key: NoteKey;
  /**
   * Answers the request `add-checkpoint` of C2SP `tlog-witness`: `old <size>`, the consistency proof in base64, one hash a
   * line, an empty line, and the checkpoint.
   *
   * @throws KeyError if the key manager cannot sign, and what the file system throws. Nothing is signed then.
   */
  addCheckpoint(body: string): Promise<WitnessAnswer>;
}

/**
 * Makes a witness.
 *
 * @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED` for a key or a damaged file; KeyError.
 */
export async function createWitness(given: WitnessOptions): Promise<Witness> {
  const {
    name,
    keyManager,
    keyId,
    logs,
    file,
    clock = systemClock,
  } = parseOptions(witnessOptions, given, 'createWitness()');
  const publicKey = (await keyManager.publicKey(keyId)) ?? (await keyManager.generateKey(keyId));
  const key: NoteKey = { name, publicKey };
  const known = logs.map(givenNoteKey);
  const memory = new WitnessMemory(file);
  const add = async (body: string): Promise<WitnessAnswer> => {
    const request = readRequest(body);
    if (!request) return { status: 400, body: 'the request is malformed\n' };
    const { checkpoint, oldSize, proof } = request;
    const keys = known.filter((each) => each.name === checkpoint.origin);
    if (keys.length === 0) return { status: 404, body: 'the log is unknown here\n' };
    if (!keys.some((each) => validSignatures(checkpoint, each).length > 0))
      return { status: 403, body: 'no key of the log signed this\n' };
    memory.refresh();
    const last = memory.last(checkpoint.origin);
    if (oldSize > checkpoint.size) return { status: 400, body: 'the old size is larger\n' };
    if (oldSize !== last.size) return { status: 409, body: `${last.size}\n` };
    if (oldSize === checkpoint.size && oldSize > 0 && !isSame(last.root, checkpoint.root))
      return { status: 409, body: `${last.size}\n` };
    if (!isConsistent(last, checkpoint, proof))
      return { status: 422, body: 'the proof does not hold: this is a fork\n' };
    const seconds = Math.floor(clock.now() / 1000);
    const signature = await keyManager.sign(signedText(checkpoint.text, seconds), keyId);
    // Another process went on first: what it kept decides about this one, too.
    if (!memory.keep(checkpoint)) return add(body);
    return { status: 200, body: writeSignatures([noteSignature(key, signature, seconds)]) };
  };
  let tail: Promise<unknown> = Promise.resolve();
  return Object.freeze({
    key,
    addCheckpoint: (body: string) => {
      const answer = tail.then(() => add(body));
      tail = answer.catch(() => undefined);
      return answer;
    },
  });
}

/** A request of `tlog-witness`, read. */
interface WitnessRequest {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: SignedNote & CheckpointContent;
}

/** Writes the request for a checkpoint. */
export const witnessRequest = (oldSize: number, proof: readonly string[], note: string): string =>
  `old ${oldSize}\n${proof.map((hash) => `${hash}\n`).join('')}\n${note}`;

function readRequest(body: string): WitnessRequest | undefined {
  const end = body.indexOf('\n\n');
  const [first = '', ...hashes] = body.slice(0, Math.max(end, 0)).split('\n');
  const [, size] = /^old (0|[1-9][0-9]*)$/.exec(first) ?? [];
  const proof = hashes.map(fromBase64);
  if (size === undefined || proof.length > 63 || proof.some((hash) => hash?.length !== 32)) return undefined;
  try {
    const checkpoint = readCheckpoint(body.slice(end + 2));
    return { oldSize: Number(size), proof: proof as Uint8Array[], checkpoint };
  } catch {
    return undefined;
  }
}
