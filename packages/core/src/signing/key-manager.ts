/**
 * Keeps private keys. Only signatures and codes leave it, so a hardware module or a remote service fits.
 */
export interface KeyManager {
  /**
   * Signs UTF-8 text with Ed25519 (PureEdDSA, RFC 8032): the same signature each time for the same text.
   *
   * @returns base64 of the 64-byte signature.
   * @throws KeyError `KEY_NOT_FOUND`.
   */
  sign(text: string, keyId: string): string | Promise<string>;

  /**
   * Generates a new key. If several processes do so for one id concurrently, one succeeds.
   *
   * @returns its public half, base64 of 32 bytes.
   * @throws InvalidArgumentError if a key with this id exists already.
   */
  generateKey(keyId: string): Promise<string>;

  /** The public half of a key, or undefined if there is no such key. */
  publicKey(keyId: string): Promise<string | undefined>;

  /**
   * Computes a message authentication code over UTF-8 text: HMAC-SHA-256 under a key that is derived from the private key.
   * It costs a twentieth of a signature, and only a process that holds the private key can make or check it. A key
   * manager that cannot derive a key leaves the method out; signatures are then used instead.
   *
   * @returns base64 of the 32-byte code.
   * @throws KeyError `KEY_NOT_FOUND`.
   */
  mac?(text: string, keyId: string): string | Promise<string>;

  /**
   * Removes a key for good; its signatures stay valid. `openDeployment` removes a key that it generated for an authority
   * that another process created first. A key manager that cannot remove keys leaves the method out.
   *
   * @returns whether there was one.
   */
  removeKey?(keyId: string): boolean | Promise<boolean>;

  /** Releases what the key manager has open, for instance the session of a hardware module. */
  close?(): void | Promise<void>;
}

/** A library that makes Ed25519 signatures. The key managers of core use `node:crypto` unless they are given another one. */
export interface Ed25519Signer {
  /**
   * Prepares a private key for signing.
   *
   * @param seed - the 32 bytes of the private key; the signer copies them.
   * @returns a function that signs UTF-8 text and returns base64 of the 64-byte signature.
   */
  prepare(seed: Uint8Array): (text: string) => string;
}

/** Options of the key managers of core. */
export interface KeyManagerOptions {
  /** The library that signs. Default: `node:crypto`. */
  readonly signer?: Ed25519Signer;
}

/** Options of `importKey`. */
export interface KeyImportOptions {
  /** The passphrase of an encrypted PEM. Required for one, and refused for any other key. */
  readonly passphrase?: string;
}
