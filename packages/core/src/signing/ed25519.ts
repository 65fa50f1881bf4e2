import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { decodeKey } from './public-key.js';

// The DER wrapper of RFC 8410 around the raw 32 bytes, the form in which keys are exchanged with the reference.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

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
  return der.subarray(-KEY_BYTES).toString('base64');
}

/** Returns the 32 bytes of a private key. */
export const seedOf = (privateKey: KeyObject): Buffer =>
  privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length);

/** Signs a string's UTF-8 bytes with Ed25519. Returns base64. */
export const signText = (text: string, key: KeyObject): string =>
  sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
