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

  async mac(text: string, keyId: string): Promise<string> {
    return (await this.#open()).mac(text, keyId);
  }

  async generateKey(keyId: string): Promise<string> {
    return (await this.#openForMore()).generateKey(keyId);
  }

  /**
   * Imports a private key: base64 of the 32-byte seed, or PEM.
   *
   * @param passphrase - the passphrase of an encrypted PEM.
   * @returns the public key.
   */
  async importKey(keyId: string, privateKey: string, passphrase?: string): Promise<string> {
    const options = passphrase === undefined ? {} : { passphrase };
    return (await this.#openForMore()).importKey(keyId, privateKey, options);
  }

  /** Until a passphrase is known, the public key is read as it stands in the file of the key. */
  async publicKey(keyId: string): Promise<string | undefined> {
    if (this.#opened) return (await this.#opened).publicKey(keyId);
    const keys = await FileKeyManager.listKeys(this.folder);
    return keys.find((key) => key.keyId === keyId)?.publicKey;
  }

  /** Returns the private key of an id, base64 of the seed; a new one if there is none. For keys that stay in this process. */
  async seed(keyId: string): Promise<string> {
    const keys = await this.#openForMore();
    if ((await keys.publicKey(keyId)) === undefined) await keys.generateKey(keyId);
    return keys.exportKey(keyId, { unencrypted: 'seed' });
  }

  /** Reads the passphrase, and checks it with a key of the folder. @throws KeyError `KEY_PASSPHRASE_WRONG`. */
  async unlock(): Promise<void> {
    await this.#openForMore();
  }

  async removeKey(keyId: string): Promise<boolean> {
    return (await this.#open()).removeKey(keyId);
  }

  /** A key under a mistyped passphrase would be lost, so that of a key that is there must be the same. */
  async #openForMore(): Promise<FileKeyManager> {
    const keys = await this.#open();
    const [first] = await FileKeyManager.listKeys(this.folder);
    if (first) await keys.publicKey(first.keyId);
    return keys;
  }

  #open(): Promise<FileKeyManager> {
    this.#opened ??= this.passphrase().then((passphrase) => new FileKeyManager(this.folder, passphrase));
    return this.#opened;
  }
}
