/** The cryptography of browsers, by @noble: `#crypto` for bundlers that set the condition `browser`. See `node.ts`. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export { bytesToHex as toHex } from '@noble/hashes/utils.js';
export { portableSha256Hex as sha256Hex } from './portable-sha256.js';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/** An Ed25519 public key, ready for verifying. */
export interface VerifyingKey {
  /** The 32 bytes. */
  readonly raw: Uint8Array;
  /** The negated point; undefined if the bytes are no point of the curve. */
  readonly negated: InstanceType<typeof Point> | undefined;
}

/** Prepares the 32 bytes of a public key. Whether they are a point of the curve shows in {@link verifyEd25519}. */
export function importVerifyingKey(raw: Uint8Array): VerifyingKey {
  try {
    return { raw, negated: Point.fromBytes(raw, true).negate() };
  } catch {
    return { raw, negated: undefined };
  }
}

/**
 * Whether the 64 bytes are a signature over UTF-8 text, by the equation without the cofactor, as Node.js checks it. The
 * `verify` of @noble multiplies by the cofactor, and so takes signatures for valid that Node.js refuses.
 */
export function verifyEd25519({ raw, negated }: VerifyingKey, text: string, signature: Uint8Array): boolean {
  if (!negated) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  const challenge = littleEndian(sha512(concatBytes(r, raw, utf8ToBytes(text)))) % ORDER;
  const point = Point.BASE.multiplyUnsafe(s).add(negated.multiplyUnsafe(challenge));
  return bytesToHex(point.toBytes()) === bytesToHex(r);
}

type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A signature to verify. */
export interface SignedText {
  /** The public key. */
  readonly key: VerifyingKey;
  /** The text. */
  readonly text: string;
  /** The 64 bytes of the signature. */
  readonly signature: Uint8Array;
}

/** From how many signatures on it is faster to verify them in advance: the browser's own cryptography is faster than @noble. */
export const MANY_SIGNATURES = 1;

/**
 * Begins to verify many signatures by the browser's own cryptography.
 *
 * @returns a result for each; it is rejected where the browser has no Ed25519.
 */
export function verifyAll(all: readonly SignedText[]): Promise<boolean>[] {
  const keys = new Map<VerifyingKey, Promise<ImportedKey>>();
  return all.map(async ({ key, text, signature }) => {
    const { subtle } = crypto;
    const raw = Uint8Array.from(key.raw);
    const imported = keys.get(key) ?? subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    keys.set(key, imported);
    const bytes = Uint8Array.from(utf8ToBytes(text));
    return subtle.verify('Ed25519', await imported, Uint8Array.from(signature), bytes);
  });
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes.toReversed())}`);

/** Computes the SHA-256 of a string that comes in parts. */
export class Sha256 {
  readonly #hash = sha256.create();

  /** Adds the UTF-8 bytes of a part. */
  update(text: string): void {
    this.#hash.update(utf8ToBytes(text));
  }

  /** Returns the hash in lower-case hex. Nothing can be added afterwards. */
  hex(): string {
    return bytesToHex(this.#hash.digest());
  }
}

/** Returns a random UUID. The browser's own function is missing in pages that did not come over TLS. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 15) | 64;
  bytes[8] = ((bytes[8] as number) & 63) | 128;
  return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Returns the number of UTF-8 bytes of a string. */
export const utf8Length = (text: string): number => utf8ToBytes(text).length;

/** Returns base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Returns the bytes of canonical base64; undefined for any other string. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
