import { FileKeyManager, type KeyManager } from '@kaizen-eatp/core';

/** The keys of a deployment. The passphrase is asked for when a key is first needed, so that reading needs none. */
export class LazyKeys implements KeyManager {
  #opened: Promise<FileKeyManager> | undefined;

  /** @param passphrase - returns the passphrase; called at most once. */
  constructor(
    private readonly folder: string,
    private readonly passphrase: () => Promise<string>,
  ) {}

  async sign(text: string, keyId: string): Promise<string> {
    return (await this.#open()).sign(text, keyId);
  }

  async generateKey(keyId: string): Promise<string> {
    return (await this.#open()).generateKey(keyId);
  }

  /** Imports a private key: base64 of the 32-byte seed. @returns the public key. */
  async importKey(keyId: string, privateKey: string): Promise<string> {
    return (await this.#open()).importKey(keyId, privateKey);
  }

  async publicKey(keyId: string): Promise<string | undefined> {
    return (await this.#open()).publicKey(keyId);
  }

  #open(): Promise<FileKeyManager> {
    this.#opened ??= this.passphrase().then((passphrase) => new FileKeyManager(this.folder, passphrase));
    return this.#opened;
  }
}
