import { fromBase64, importVerifyingKey, toHex, type VerifyingKey, verifyEd25519 } from '#crypto';
import { describe, KeyError } from '../errors/index.js';

/**
 * Whether `signature` is a valid signature of the key over `text`. A malformed signature is invalid: it must be
 * canonical base64 of 64 bytes, so that a change of any byte is noticed. So is one whose first half is a point of small order: no
 * honest signer makes one, and implementations of Ed25519 do not agree about it.
 *
 * @throws KeyError `BAD_KEY` if the public key is malformed.
 */
export function verifySignature(text: string, signature: string, publicKey: string): boolean {
  const key = importPublicKey(publicKey);
  const ahead = verifiedAhead.get(signature);
  if (ahead?.text === text && ahead.publicKey === publicKey) return ahead.isValid;
  const bytes = decodeSignature(signature);
  return bytes !== undefined && verifyEd25519(key, text, bytes);
}

/** Decodes a signature; undefined for one that is invalid for every text. */
export function decodeSignature(signature: unknown): Uint8Array | undefined {
  const bytes = typeof signature === 'string' ? fromBase64(signature) : undefined;
  return bytes?.length === 64 && !isSmallOrder(bytes.subarray(0, 32)) ? bytes : undefined;
}

/** A signature that was verified in advance. */
export interface VerifiedAhead {
  /** The text that it was verified for. */
  readonly text: string;
  /** The public key. */
  readonly publicKey: string;
  /** The result. */
  readonly isValid: boolean;
}

/** The results of `verifyAhead()`, by signature. An entry counts only for exactly its text and its key. */
export const verifiedAhead = new Map<string, VerifiedAhead>();

const imported = new Map<string, VerifyingKey>();
const MAX_IMPORTED = 1000;

/**
 * Prepares a public key.
 *
 * @throws KeyError `BAD_KEY` unless it is base64 of 32 bytes that encode a number below the prime of the field, and no point of small order.
 */
export function importPublicKey(publicKey: string): VerifyingKey {
  const known = imported.get(publicKey);
  if (known) return known;
  const raw = decodeKey(publicKey, 'public key');
  if (isSmallOrder(raw))
    throw notAKey(
      'The public key is a point of small order',
      'a key under which one signature is valid for every text',
    );
  if (!isCanonical(raw))
    throw notAKey('The public key is not in its canonical form', 'a second form of another key');
  const key = importVerifyingKey(raw);
  if (imported.size >= MAX_IMPORTED) imported.clear();
  imported.set(publicKey, key);
  return key;
}

/**
 * The points of a small order in all their encodings, without the sign. One signature under such a key is valid for every
 * string, so that it binds its owner to nothing.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`),
]);

function isSmallOrder(point: Uint8Array): boolean {
  const unsigned = Uint8Array.from(point);
  unsigned[31] = (unsigned[31] as number) & 0x7f;
  return SMALL_ORDER.has(toHex(unsigned));
}

/** Whether the number in an encoded point is below the prime 2²⁵⁵ − 19. Not every implementation of Ed25519 checks it. */
const isCanonical = (point: Uint8Array): boolean =>
  (point[0] as number) < 0xed ||
  ((point[31] as number) & 0x7f) !== 0x7f ||
  !point.subarray(1, 31).every((byte) => byte === 0xff);

const notAKey = (message: string, received: string): KeyError =>
  new KeyError('BAD_KEY', message, {
    expected: 'a key that a private key belongs to',
    received,
    remedy: 'Do not trust its sender. Pass a key as generateKeyPair() returns it.',
  });

/** Decodes a key. @throws KeyError `BAD_KEY` unless it is canonical base64 of 32 bytes. */
export function decodeKey(key: string, what: string): Uint8Array {
  const bytes = typeof key === 'string' ? fromBase64(key) : undefined;
  if (bytes?.length === 32) return bytes;
  throw new KeyError('BAD_KEY', `The ${what} must be a raw Ed25519 key`, {
    expected: 'base64 of 32 bytes',
    received: typeof key === 'string' ? decoded(bytes) : describe(key),
    remedy: 'Pass a key as generateKeyPair() returns it, or the raw key as the Python reference stores it.',
  });
}

const decoded = (bytes: Uint8Array | undefined): string =>
  bytes ? `base64 of ${bytes.length} bytes` : 'a string that is not base64';
