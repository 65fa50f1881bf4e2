import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { fromBase64, toBase64 } from '#crypto';
import { CheckpointError } from '../../errors/index.js';
import { isSignedBy } from '../statements/statement.js';

/** How a key signs a note: its text (`ed25519`), or its text and a time (`cosignature`). */
export type NoteSignatureType = 'ed25519' | 'cosignature';

/** A key that signs notes, under its name. */
export interface NoteKey {
  /** The name that signatures carry: for an authority the origin of the log, for a witness its own name. */
  readonly name: string;
  /** The Ed25519 public key: base64 of 32 bytes. */
  readonly publicKey: string;
}

/** One line of signature under a note. */
export interface NoteSignature {
  /** The name of the key. */
  readonly name: string;
  /** The first four bytes of the key's hash, and the signature. */
  readonly bytes: Uint8Array;
}

/** A note of the form C2SP `signed-note`: the signed lines, and lines of signatures. */
export interface SignedNote {
  /** The text that is signed, with its last line feed. */
  readonly text: string;
  /** The signatures, in their order. */
  readonly signatures: readonly NoteSignature[];
}

const TYPES: Readonly<Record<NoteSignatureType, number>> = { ed25519: 1, cosignature: 4 };

/** The four bytes by which a signature names its key. */
function keyHash({ name, publicKey }: NoteKey, type: NoteSignatureType): Uint8Array {
  const key = fromBase64(publicKey) ?? new Uint8Array(0);
  return sha256(concatBytes(utf8ToBytes(`${name}\n`), Uint8Array.of(TYPES[type]), key)).slice(0, 4);
}

/** Whether a string can be the name of a key in a note. */
export const isNoteName = (name: string): boolean =>
  name.length > 0 && name.isWellFormed() && !/[\s\p{Cc}+]/u.test(name);

/**
 * The key in the form that tools for signed notes read: `<name>+<hash>+<key>`.
 *
 * @param type - how the key signs. Default: `ed25519`.
 */
export const verifierKey = (key: NoteKey, type: NoteSignatureType = 'ed25519'): string =>
  `${key.name}+${hex(keyHash(key, type))}+${toBase64(
    concatBytes(Uint8Array.of(TYPES[type]), fromBase64(key.publicKey) ?? new Uint8Array(0)),
  )}`;

/** Reads a key that {@link verifierKey} wrote. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function readVerifierKey(text: string): NoteKey & { readonly type: NoteSignatureType } {
  const [, name = '', hash = '', encoded = ''] = /^(.+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? [];
  const bytes = fromBase64(encoded);
  for (const type of ['ed25519', 'cosignature'] as const) {
    if (bytes?.length !== 33 || bytes[0] !== TYPES[type]) continue;
    const key = { name, publicKey: toBase64(bytes.slice(1)) };
    if (isNoteName(name) && hex(keyHash(key, type)) === hash) return { ...key, type };
  }
  throw CheckpointError.malformedKey(text);
}

/**
 * A field for a key, as an object or in the form of {@link verifierKey}. A key that no signature can fit would be ignored
 * without a word, so it is refused.
 */
export const noteKeyField = z.union([
  z.string(),
  z.strictObject({
    name: z.string().refine(isNoteName, "a name without white space and '+'"),
    publicKey: z.string().refine((key) => fromBase64(key)?.length === 32, 'base64 of 32 bytes'),
  }),
]);

/** Returns a key that was given to a {@link noteKeyField}. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export const givenNoteKey = (key: NoteKey | string): NoteKey =>
  typeof key === 'string' ? readVerifierKey(key) : key;

/** Reads a note. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export function readNote(note: string): SignedNote {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2);
  if (end <= 0 || !lines.endsWith('\n') || !note.isWellFormed())
    throw CheckpointError.malformed('the signed lines, an empty line, and lines of signatures', note);
  return { text, signatures: readSignatures(lines) };
}

/** Reads lines of signatures. @throws CheckpointError `CHECKPOINT_MALFORMED`. */
export const readSignatures = (lines: string): NoteSignature[] =>
  lines
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const [, name = '', encoded = ''] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? [];
      const bytes = fromBase64(encoded);
      if (!isNoteName(name) || !bytes || bytes.length < 5)
        throw CheckpointError.malformed('a line of the form — <name> <base64>', line);
      return { name, bytes };
    });

/** Writes lines of signatures. */
export const writeSignatures = (signatures: readonly NoteSignature[]): string =>
  signatures.map(({ name, bytes }) => `\u2014 ${name} ${toBase64(bytes)}\n`).join('');

/** Writes a note. */
export const writeNote = ({ text, signatures }: SignedNote): string =>
  `${text}\n${writeSignatures(signatures)}`;

/** The string that a key signs to sign a note, or to cosign it at a time in seconds since the epoch. */
export const signedText = (text: string, seconds?: number): string =>
  seconds === undefined ? text : `cosignature/v1\ntime ${seconds}\n${text}`;

/** A signature of a note. @param signature - base64 of the Ed25519 signature of {@link signedText}. */
export function noteSignature(key: NoteKey, signature: string, seconds?: number): NoteSignature {
  const type = seconds === undefined ? 'ed25519' : 'cosignature';
  const time = seconds === undefined ? new Uint8Array(0) : bytesOf(seconds);
  const bytes = concatBytes(keyHash(key, type), time, fromBase64(signature) ?? new Uint8Array(0));
  return { name: key.name, bytes };
}

/** A valid signature of a key on a note. */
export interface ValidSignature {
  /** How the key signed. */
  readonly type: NoteSignatureType;
  /** When the key says that it signed, in milliseconds since the epoch; undefined for type `ed25519`. */
  readonly at: number | undefined;
}

/** The valid signatures of a key on a note. */
export function validSignatures({ text, signatures }: SignedNote, key: NoteKey): ValidSignature[] {
  const found: ValidSignature[] = [];
  for (const { name, bytes } of signatures) {
    if (name !== key.name) continue;
    const isOf = (type: NoteSignatureType): boolean => hex(bytes.slice(0, 4)) === hex(keyHash(key, type));
    if (isOf('ed25519') && isSignedBy(text, toBase64(bytes.slice(4)), key.publicKey))
      found.push({ type: 'ed25519', at: undefined });
    if (!isOf('cosignature') || bytes.length !== 76) continue;
    const seconds = secondsOf(bytes.slice(4, 12));
    if (isSignedBy(signedText(text, seconds), toBase64(bytes.slice(12)), key.publicKey))
      found.push({ type: 'cosignature', at: seconds * 1000 });
  }
  return found;
}

/** The moment before which a key signed a note, since cosignatures name whole seconds; Infinity if it does not say. */
export function signedBefore(note: SignedNote, key: NoteKey): number {
  const times = validSignatures(note, key).map(({ at }) => (at === undefined ? Infinity : at + 999));
  return Math.min(Infinity, ...times);
}

/** Eight bytes, the most significant first. */
function bytesOf(seconds: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seconds));
  return bytes;
}

const secondsOf = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
