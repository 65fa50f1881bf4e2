import { fromBase64, toBase64 } from '#crypto';
import { CheckpointError } from '../../errors/index.js';
import { readNote, type SignedNote } from './signed-note.js';

/** The content of a checkpoint, in the form C2SP `tlog-checkpoint`. */
export interface CheckpointContent {
  /** The name of the log. */
  readonly origin: string;
  /** The number of leaves that the checkpoint covers. */
  readonly size: number;
  /** The root of the Merkle tree over these leaves: 32 bytes. */
  readonly root: Uint8Array;
}

/** The text of a checkpoint, which keys sign. */
export const checkpointText = ({ origin, size, root }: CheckpointContent): string =>
  `${origin}\n${size}\n${toBase64(root)}\n`;

/** Reads a checkpoint. Its signatures are not checked. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function readCheckpoint(note: string): SignedNote & CheckpointContent {
  const signed = readNote(note);
  const [origin = '', size = '', root = ''] = signed.text.split('\n');
  const bytes = fromBase64(root);
  const isSize = /^(0|[1-9][0-9]*)$/.test(size) && Number.isSafeInteger(Number(size));
  if (origin === '' || !isSize || bytes?.length !== 32)
    throw CheckpointError.malformed('an origin, a size, and the base64 of a root', signed.text);
  return { ...signed, origin, size: Number(size), root: bytes };
}
