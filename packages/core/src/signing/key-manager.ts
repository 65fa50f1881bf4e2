/**
 * Where private keys live. Only signatures leave it, so a hardware module or a remote service fits.
 */
export interface KeyManager {
  /**
   * Signs UTF-8 text with Ed25519 (PureEdDSA).
   *
   * @returns base64 of the 64-byte signature.
   * @throws KeyError `KEY_NOT_FOUND`.
   */
  sign(text: string, keyId: string): string | Promise<string>;

  /**
   * Makes a new key.
   *
   * @returns its public half, base64 of 32 bytes.
   */
  generateKey(keyId: string): Promise<string>;

  /** The public half of a key, or undefined if there is no such key. */
  publicKey(keyId: string): Promise<string | undefined>;
}
