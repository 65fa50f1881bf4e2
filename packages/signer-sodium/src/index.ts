import type { Ed25519Signer } from '@kaizen-eatp/core/plugin';
import native from './native.js';

const SIGNATURE_BYTES = 64;
/** The seed, and the public key, which libsodium keeps together as the secret key. */
const SECRET_KEY_BYTES = 64;

/**
 * Signs with libsodium: the same bytes as `node:crypto`, in about half the time. Private keys are in memory that libsodium
 * locks, so that they are not swapped to disk, and overwrites when they are collected.
 *
 * ```ts
 * new FileKeyManager('./acme/keys', passphrase, { signer: sodium });
 * ```
 */
export const sodium: Ed25519Signer = Object.freeze({
  prepare(seed: Uint8Array): (text: string) => string {
    const secretKey = native.sodium_malloc(SECRET_KEY_BYTES);
    native.crypto_sign_seed_keypair(Buffer.alloc(SECRET_KEY_BYTES / 2), secretKey, Buffer.from(seed));
    return (text) => {
      const signature = Buffer.allocUnsafe(SIGNATURE_BYTES);
      native.crypto_sign_detached(signature, Buffer.from(text, 'utf8'), secretKey);
      return signature.toString('base64');
    };
  },
});
