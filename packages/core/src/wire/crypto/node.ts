/** The cryptography of Node.js. In `package.json`, `#crypto` is this module, and for browsers `browser.ts`: both export the same. */
import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { portableSha256Hex } from './portable-sha256.js';

/** An Ed25519 public key, ready for verifying. */
export type VerifyingKey = crypto.KeyObject;

// The DER wrapper of RFC 8410 around the raw 32 bytes, the form in which keys are exchanged with the reference.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Prepares the 32 bytes of a public key. Whether they are a point of the curve shows in {@link verifyEd25519}. */
export const importVerifyingKey = (raw: Uint8Array): VerifyingKey =>
  crypto.createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });

/** Whether the 64 bytes are a signature over UTF-8 text, by the equation without the cofactor. False if the key is no point. */
export const verifyEd25519 = (key: VerifyingKey, text: string, signature: Uint8Array): boolean =>
  crypto.verify(null, Buffer.from(text, 'utf8'), key, signature);

/** A signature to verify. */
export interface SignedText {
  /** The public key. */
  readonly key: VerifyingKey;
  /** The text. */
  readonly text: string;
  /** The 64 bytes of the signature. */
  readonly signature: Uint8Array;
}

/** From how many signatures on it is faster to verify them in advance. Below it, threads cost more than they save. */
export const MANY_SIGNATURES = 64;

/** Begins to verify many signatures at once, on the threads of libuv's pool. @returns a result for each. */
export const verifyAll = (all: readonly SignedText[]): Promise<boolean>[] =>
  all.map(({ key, text, signature }) => verifyOnThread(null, Buffer.from(text, 'utf8'), key, signature));

const verifyOnThread = promisify(crypto.verify);

/**
 * Returns the SHA-256 of a string's UTF-8 bytes in lower-case hex. Uses Node's one-shot hash if the runtime has it,
 * which is eight times as fast for a string of a record's size, else the portable one. A test checks that both give the
 * same result.
 */
export const sha256Hex: (text: string) => string =
  typeof crypto.hash === 'function' ? (text) => crypto.hash('sha256', text, 'hex') : portableSha256Hex;

/** Computes the SHA-256 of a string that comes in parts. */
export class Sha256 {
  readonly #hash = crypto.createHash('sha256');

  /** Adds the UTF-8 bytes of a part. */
  update(text: string): void {
    this.#hash.update(text, 'utf8');
  }

  /** Returns the hash in lower-case hex. Nothing can be added afterwards. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** Returns a random UUID: 122 random bits, which Node takes from a pool. */
export const randomUuid = (): string => crypto.randomUUID();

/** Returns the number of UTF-8 bytes of a string. */
export const utf8Length = (text: string): number => Buffer.byteLength(text);

/** Returns lower-case hex of bytes. */
export const toHex = (bytes: Uint8Array): string => asBuffer(bytes).toString('hex');

/** Returns base64 of bytes. */
export const toBase64 = (bytes: Uint8Array): string => asBuffer(bytes).toString('base64');

/** Returns the bytes of canonical base64; undefined for any other string. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
