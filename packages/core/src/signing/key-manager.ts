/**
 * Keeps private keys. Only signatures leave it, so a hardware module or a remote service fits.
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
}
