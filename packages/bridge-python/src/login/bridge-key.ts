import { type KeyObject, sign } from 'node:crypto';
import { generateKeyPair } from '@kaizen-eatp/core';
import { importPrivateKey, publicKeyOf } from '@kaizen-eatp/core/records';

/** The key by which workers know the bridge. */
export class BridgeKey {
  readonly #key: KeyObject;
  /** Base64. */
  readonly publicKey: string;

  /**
   * @param privateKey - base64 of the 32-byte seed. Default: a new one, so that workers need a new token.
   * @throws KeyError `BAD_KEY`.
   */
  constructor(privateKey: string = generateKeyPair().privateKey) {
    this.#key = importPrivateKey(privateKey);
    this.publicKey = publicKeyOf(this.#key);
  }

  get publicBytes(): Buffer {
    return Buffer.from(this.publicKey, 'base64');
  }

  sign(bytes: Uint8Array): Buffer {
    return sign(null, bytes, this.#key);
  }
}
