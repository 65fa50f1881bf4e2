import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { handleField, parseOptions } from '../wire/index.js';
import { publicKeyOf, seedOf, signText } from './ed25519.js';
import type { Ed25519Signer, KeyManagerOptions } from './key-manager.js';

/** Separates the derived key from every other use of the private key. */
const MAC_PURPOSE = 'kaizen-eatp: message authentication code, version 1';

/** The schema of {@link KeyManagerOptions}. */
const keyManagerOptions = z.strictObject({
  signer: handleField<Ed25519Signer>('an Ed25519Signer', 'prepare').optional(),
});

/** Reads the options of a key manager. @throws InvalidArgumentError. */
export const parseKeyManagerOptions = (given: KeyManagerOptions, what: string) =>
  parseOptions(keyManagerOptions, given, what);

/** A private key in this process's memory, ready for signing. */
export class HeldKey {
  /** Base64 of the 32-byte public key. */
  readonly publicKey: string;
  /** Signs UTF-8 text. Returns base64. */
  readonly sign: (text: string) => string;
  #macKey: KeyObject | undefined;

  constructor(
    /** The private key. */
    readonly privateKey: KeyObject,
    signer: Ed25519Signer | undefined,
  ) {
    this.publicKey = publicKeyOf(privateKey);
    this.sign = signer ? signer.prepare(seedOf(privateKey)) : (text) => signText(text, privateKey);
  }

  /** Computes the message authentication code of UTF-8 text. Returns base64. */
  mac(text: string): string {
    this.#macKey ??= createSecretKey(
      Buffer.from(hkdfSync('sha256', seedOf(this.privateKey), '', MAC_PURPOSE, 32)),
    );
    return createHmac('sha256', this.#macKey).update(text, 'utf8').digest('base64');
  }
}
