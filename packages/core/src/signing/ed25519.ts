import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { describe, KeyError } from '../errors/index.js';

// DER wrappers of RFC 8410 around the raw 32 bytes, the form in which keys are exchanged with the reference.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** An Ed25519 key pair. */
export interface KeyPair {
  /** Base64 of the 32-byte seed. */
  readonly privateKey: string;
  /** Base64 of the 32-byte public key. */
  readonly publicKey: string;
}

/** Returns a new random key pair. */
export function generateKeyPair(): KeyPair {
  const privateKey = randomBytes(32).toString('base64');
  return { privateKey, publicKey: publicKeyOf(importPrivateKey(privateKey)) };
}

/** @throws KeyError `BAD_KEY` unless it is base64 of 32 bytes. */
export function importPrivateKey(privateKey: string): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, decodeKey(privateKey, 'private key')]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** Returns the public key of a private key: base64 of 32 bytes. */
export function publicKeyOf(privateKey: KeyObject): string {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return der.subarray(SPKI_PREFIX.length).toString('base64');
}

/** Returns the 32 bytes of a private key. */
export const seedOf = (privateKey: KeyObject): Buffer =>
  privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length);

/** Signs a string's UTF-8 bytes with Ed25519. Returns base64. */
export const signText = (text: string, key: KeyObject): string =>
  sign(null, Buffer.from(text, 'utf8'), key).toString('base64');

/**
 * Whether `signature` is a valid signature of the key over `text`. A malformed signature is invalid: it must be
 * canonical base64 of 64 bytes, so that a change of any byte is noticed.
 *
 * @throws KeyError `BAD_KEY` if the public key is malformed.
 */
export function verifySignature(text: string, signature: string, publicKey: string): boolean {
  const key = importPublicKey(publicKey);
  if (typeof signature !== 'string') return false;
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length !== 64 || bytes.toString('base64') !== signature) return false;
  return verify(null, Buffer.from(text, 'utf8'), key, bytes);
}

const imported = new Map<string, KeyObject>();
const MAX_IMPORTED = 1000;

/**
 * The points of a small order in all their encodings, without the sign. One signature under such a key is valid for every string, so that it binds its owner to nothing.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`),
]);

function expectPrimeOrder(bytes: Buffer): void {
  const point = Buffer.from(bytes);
  point[31] = (point[31] as number) & 0x7f;
  if (!SMALL_ORDER.has(point.toString('hex'))) return;
  throw new KeyError('BAD_KEY', 'The public key is a point of small order', {
    expected: 'a key that a private key belongs to',
    received: 'a key under which one signature is valid for every text',
    remedy: 'Do not trust its sender. Pass a key as generateKeyPair() returns it.',
  });
}

/** @throws KeyError `BAD_KEY` unless it is base64 of 32 bytes, and no point of small order. */
export function importPublicKey(publicKey: string): KeyObject {
  const known = imported.get(publicKey);
  if (known) return known;
  const bytes = decodeKey(publicKey, 'public key');
  expectPrimeOrder(bytes);
  const der = Buffer.concat([SPKI_PREFIX, bytes]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (imported.size >= MAX_IMPORTED) imported.clear();
  imported.set(publicKey, key);
  return key;
}

function decodeKey(key: string, what: string): Buffer {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0);
  if (bytes.length === 32 && bytes.toString('base64') === key) return bytes;
  throw new KeyError('BAD_KEY', `The ${what} must be a raw Ed25519 key`, {
    expected: 'base64 of 32 bytes',
    received: typeof key === 'string' ? `a string that decodes to ${bytes.length} bytes` : describe(key),
    remedy: 'Pass a key as generateKeyPair() returns it, or the raw key as the Python reference stores it.',
  });
}
