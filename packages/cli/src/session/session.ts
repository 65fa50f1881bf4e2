import { FileKeyManager, type KeyListEntry, TrustOperations } from '@kaizen-eatp/core';
import { usage } from '../errors.js';
import type { Terminal } from '../output/terminal.js';
import type { Given } from '../spec/given.js';
import { LazyKeys } from './lazy-keys.js';
import { type OpenStore, openStore } from './open-store.js';
import { askSecret, askYes, type InputStream, refused } from './prompt.js';
import { type Pin, pinRoot, type Roots, readRoots } from './roots-file.js';
import { secretFromDescriptor, secretFromFile } from './secrets.js';
import { readSettings, type Settings, writeSettings } from './settings-file.js';
import { type StoreSpec, storeSpecOf } from './store-spec.js';

/** Where a command runs. */
export interface Surroundings {
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The input. */
  readonly stdin: InputStream;
  /** Prints results and notes. */
  readonly terminal: Terminal;
  /** Aborted when the command is cancelled. */
  readonly signal: AbortSignal;
}

/** The store, keys and streams of one call of a command. Each is opened when it is first needed, and closed at the end. */
export class Session {
  #spec: StoreSpec | undefined;
  #keys: LazyKeys | undefined;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #store: Promise<OpenStore> | undefined;
  #trust: Promise<TrustOperations> | undefined;
  #isServing = false;

  constructor(
    private readonly around: Surroundings,
    private readonly global: Given,
  ) {}

  /** Prints results and notes. */
  get out(): Terminal {
    return this.around.terminal;
  }

  /** Aborted when the command is cancelled. */
  get signal(): AbortSignal {
    return this.around.signal;
  }

  /** Whether the command serves, so that an interrupt is its normal end. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Serves until the command is interrupted, which is then no failure. */
  async serve(): Promise<void> {
    const { signal } = this;
    this.#isServing = true;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** The input of the command. */
  get stdin(): InputStream {
    return this.around.stdin;
  }

  /** The environment variables. */
  get env(): Readonly<Record<string, string | undefined>> {
    return this.around.env;
  }

  /** Where the store and the keys are. @throws CliError `COMMAND_USAGE`, `SECRET_EXPOSED`, `FILE_NOT_FOUND`. */
  get spec(): StoreSpec {
    const { global } = this;
    const [store, storeDir] = [global.text('store'), global.text('storeDir')];
    const choice = { store, storeDir, schema: global.text('schema'), keys: global.text('keys') };
    this.#spec ??= storeSpecOf(choice, this.around.env);
    return this.#spec;
  }

  /** The private keys of the deployment. */
  get keys(): LazyKeys {
    this.#keys ??= new LazyKeys(this.spec.keys, () => this.#passphrase());
    return this.#keys;
  }

  /** Opens the store. @param create - whether a missing file, or a missing schema, is created. Default: false. */
  store(create = false): Promise<OpenStore> {
    this.#store ??= openStore(this.spec, create).then((store) => {
      this.atEnd(() => store.close());
      return store;
    });
    return this.#store;
  }

  /** Opens the trust operations over the store, which believe the pinned authorities. @param create - as for {@link store}. */
  trust(create = false): Promise<TrustOperations> {
    this.#trust ??= this.store(create).then(
      (store) =>
        new TrustOperations({
          store,
          keyManager: this.keys,
          roots: Object.entries(this.roots()).map(([id, { laterKeys: _, revokedKeys: __, ...pin }]) => ({
            id,
            ...pin,
          })),
          ...this.settings(),
        }),
    );
    return this.#trust;
  }

  /** The pinned authorities of the deployment. */
  roots(): Roots {
    return readRoots(this.spec.keys);
  }

  /** Pins an authority, or with undefined ends it. */
  pin(authorityId: string, pin: Pin | undefined): void {
    pinRoot(this.spec.keys, authorityId, pin);
  }

  /** The settings of the deployment. */
  settings(): Settings {
    return readSettings(this.spec.keys);
  }

  /** Names the authority that signs records which no agent's own authority can sign. */
  nameRecorder(authorityId: string): void {
    writeSettings(this.spec.keys, { ...this.settings(), recorder: authorityId });
  }

  /** Whether the passphrase of the keys is given by a file or a descriptor, so that no prompt is needed. */
  get hasPassphrase(): boolean {
    const { global, around } = this;
    const given = global.text('passphraseFile') ?? global.text('passphraseFd');
    return (given ?? around.env.KAIZEN_EATP_PASSPHRASE_FILE) !== undefined;
  }

  /** Lists the private keys in the folder, without their passphrase. @throws KeyError `KEY_FILE_UNSAFE`. */
  keyList(): Promise<KeyListEntry[]> {
    return FileKeyManager.listKeys(this.spec.keys);
  }

  /**
   * Asks whether to go on, unless `--yes` was given.
   *
   * @throws CliError `ANSWER_REFUSED`; `COMMAND_USAGE` if there is no terminal to ask at.
   */
  async confirm(given: Given, question: string): Promise<void> {
    if (given.flag('yes')) return;
    if (!this.stdin.isTTY || this.out.settings.json) {
      throw usage('The command needs a confirmation', {
        expected: '--yes, or an answer at a terminal',
        remedy: 'Pass --yes to confirm.',
      });
    }
    if (!(await askYes(this.stdin, this.out.stderr, question))) throw refused();
  }

  /** Reads a secret from the file or the descriptor of the options, or asks for it. */
  async secret(what: string, given: Given, fileOption: string, descriptorOption: string): Promise<string> {
    const [file, descriptor] = [given.text(fileOption), given.text(descriptorOption)];
    if (file !== undefined) return secretFromFile(file, what);
    if (descriptor !== undefined) return secretFromDescriptor(descriptor, what);
    if (this.stdin.isTTY)
      return askSecret(this.stdin, this.out.stderr, what[0]?.toUpperCase() + what.slice(1));
    throw usage(`The command needs the ${what}`, {
      expected: 'a file, a descriptor, or a terminal to ask at',
      remedy: `Pass --${kebab(fileOption)} FILE or --${kebab(descriptorOption)} NUMBER.`,
    });
  }

  /** Calls a function when the command has ended, whatever its outcome. */
  atEnd(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Closes everything that was opened. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  async #passphrase(): Promise<string> {
    const given = this.global.text('passphraseFile') ?? this.around.env.KAIZEN_EATP_PASSPHRASE_FILE;
    const what = 'passphrase of the keys';
    if (this.global.text('passphraseFd') === undefined && given !== undefined)
      return secretFromFile(given, what);
    const passphrase = await this.secret(what, this.global, 'passphraseFile', 'passphraseFd');
    const isNew = (await this.keyList()).length === 0 && this.global.text('passphraseFd') === undefined;
    if (isNew && passphrase !== (await askSecret(this.stdin, this.out.stderr, 'The same passphrase again')))
      throw usage('The two passphrases differ', { remedy: 'Nothing was done. Call the command again.' });
    return passphrase;
  }
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
