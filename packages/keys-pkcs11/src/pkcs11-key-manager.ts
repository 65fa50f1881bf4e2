import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { KeyManager } from '@kaizen-eatp/core';
import { InvalidArgumentError, KeyError } from '@kaizen-eatp/core/errors';
import {
  type Attribute,
  type Binding,
  CKF_RW_SESSION,
  CKF_SERIAL_SESSION,
  CKR_GENERAL_ERROR,
  type Handle,
} from './binding.js';
import {
  EC_POINT,
  EDDSA,
  EDWARDS_KEY_PAIR_GEN,
  ID,
  keyTemplate,
  newPrivateKey,
  newPublicKey,
  publicKeyOf,
} from './ed25519-objects.js';
import { GenerationClaims } from './generation-claims.js';
import { closeModule, failing, isCode, moduleFailed, openModule } from './module.js';
import { expectKeyId, type Pkcs11KeyManagerOptions, readOptions } from './options.js';
import { SessionPool } from './session-pool.js';
import { ambiguous, keyNotFound, logIn, slotOf } from './token.js';

/** How often a process tries again what another process that generates or removes keys at the same time made fail. */
const ATTEMPTS = 20;

interface FoundKey {
  readonly privateKey: Handle;
  readonly publicKey: string;
}

/**
 * Keys in a hardware module, or any other token with a PKCS#11 library that has EdDSA. A private key is generated in the
 * module and never leaves it. The label of a key is its id.
 */
export class Pkcs11KeyManager implements KeyManager, AsyncDisposable {
  readonly #found = new Map<string, FoundKey>();
  #isClosed = false;

  private constructor(
    private readonly library: string,
    private readonly module: Binding,
    private readonly sessions: SessionPool,
  ) {}

  /**
   * Opens a token and logs in.
   *
   * @throws KeyError `SIGNING_FAILED` if the library, the token or the PIN is not usable; InvalidArgumentError.
   */
  static async open(options: Pkcs11KeyManagerOptions): Promise<Pkcs11KeyManager> {
    const settings = readOptions(options);
    for (let attempt = 1; ; attempt++) {
      try {
        return Pkcs11KeyManager.#open(settings);
      } catch (error) {
        // A library that keeps its objects in files can fail if another process removes one while it reads them.
        const isPassing = isCode((error as KeyError).cause, CKR_GENERAL_ERROR);
        if (!isPassing || attempt === ATTEMPTS) throw error;
        await pause(10 * attempt);
      }
    }
  }

  static #open({ library, token, pin, sessions }: ReturnType<typeof readOptions>): Pkcs11KeyManager {
    const module = openModule(library);
    const opened: Handle[] = [];
    try {
      failing(`The token '${token}' cannot be opened`, () => {
        const slot = slotOf(module, token);
        while (opened.length < sessions)
          opened.push(module.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION));
        logIn(module, opened[0] as Handle, pin);
      });
      return new Pkcs11KeyManager(library, module, new SessionPool(module, opened));
    } catch (error) {
      for (const session of opened) module.C_CloseSession(session);
      closeModule(library);
      throw error;
    }
  }

  /** @throws KeyError `KEY_NOT_FOUND`, `SIGNING_FAILED`. */
  async sign(text: string, keyId: string): Promise<string> {
    const data = Buffer.from(text, 'utf8');
    return this.#use(`Key '${keyId}' cannot sign`, async (session) => {
      const signature = await this.#sign(session, data, keyId).catch((error) => {
        // Another process has removed the key, and perhaps generated it again.
        if (!this.#found.delete(keyId)) throw error;
        return this.#sign(session, data, keyId);
      });
      return signature.toString('base64');
    });
  }

  /** @throws InvalidArgumentError if there is a key of this id; KeyError `SIGNING_FAILED`. */
  async generateKey(keyId: string): Promise<string> {
    expectKeyId(keyId);
    return this.#use(`Key '${keyId}' cannot be generated`, async (session) => {
      const claims = new GenerationClaims(this.module, session, keyId);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (this.#count(session, keyId) > 0) break;
        const found = claims.whileOnly(() =>
          this.#count(session, keyId) > 0 ? undefined : this.#generate(session, keyId),
        );
        if (found) {
          this.#found.set(keyId, found);
          return found.publicKey;
        }
        if (attempt === ATTEMPTS - 1) claims.removeLasting();
        await pause(1 + Math.random() * 20 * attempt);
      }
      throw new InvalidArgumentError(`The token already has a key '${keyId}'`, {
        received: `'${keyId}'`,
        remedy: 'Choose another id: a key is never replaced.',
      });
    });
  }

  #count(session: Handle, keyId: string): number {
    return this.#all(session, keyTemplate('private', keyId)).length;
  }

  /** @returns undefined if another process, whose claim was taken for a left-over one, generated the key as well. */
  #generate(session: Handle, keyId: string): FoundKey | undefined {
    const id = randomBytes(16);
    const { privateKey, publicKey } = this.module.C_GenerateKeyPair(
      session,
      { mechanism: EDWARDS_KEY_PAIR_GEN },
      newPublicKey(keyId, id),
      newPrivateKey(keyId, id),
    );
    if (this.#count(session, keyId) === 1)
      return { privateKey, publicKey: this.#publicKeyOf(session, publicKey) };
    this.module.C_DestroyObject(session, privateKey);
    this.module.C_DestroyObject(session, publicKey);
    return undefined;
  }

  /** @throws KeyError `SIGNING_FAILED`. */
  async publicKey(keyId: string): Promise<string | undefined> {
    expectKeyId(keyId);
    return this.#use(
      `Key '${keyId}' cannot be read`,
      async (session) => (await this.#find(session, keyId))?.publicKey,
    );
  }

  /** Destroys both halves of a key in the module. @returns whether there was one. */
  async removeKey(keyId: string): Promise<boolean> {
    expectKeyId(keyId);
    this.#found.delete(keyId);
    return this.#use(`Key '${keyId}' cannot be removed`, (session) => {
      const halves = (['private', 'public'] as const).flatMap((half) =>
        this.#all(session, keyTemplate(half, keyId)),
      );
      for (const object of halves) this.module.C_DestroyObject(session, object);
      return halves.length > 0;
    });
  }

  /** Closes the sessions. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.sessions.close();
    closeModule(this.library);
  }

  /** Closes the sessions. `await using` calls it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #use<T>(summary: string, run: (session: Handle) => T | Promise<T>): Promise<T> {
    try {
      return await this.sessions.use(run);
    } catch (error) {
      throw error instanceof InvalidArgumentError ? error : moduleFailed(summary, error);
    }
  }

  async #sign(session: Handle, data: Buffer, keyId: string): Promise<Buffer> {
    const found = await this.#find(session, keyId);
    if (!found) throw keyNotFound(keyId);
    this.module.C_SignInit(session, { mechanism: EDDSA }, found.privateKey);
    return this.module.C_SignAsync(session, data, Buffer.alloc(64));
  }

  async #find(session: Handle, keyId: string): Promise<FoundKey | undefined> {
    const known = this.#found.get(keyId);
    if (known) return known;
    for (let attempt = 1; ; attempt++) {
      const all = this.#all(session, keyTemplate('private', keyId));
      const [privateKey] = all;
      if (privateKey === undefined) return undefined;
      if (all.length === 1) {
        const id = this.module.C_GetAttributeValue(session, privateKey, [{ type: ID }])[0]?.value as Buffer;
        const [publicObject] = this.#all(session, keyTemplate('public', keyId, id));
        if (publicObject === undefined) return undefined;
        const found = { privateKey, publicKey: this.#publicKeyOf(session, publicObject) };
        this.#found.set(keyId, found);
        return found;
      }
      // Several processes are generating it; all but one remove theirs, which takes as long as their own attempts do.
      if (attempt === 2 * ATTEMPTS) throw ambiguous(keyId, all.length);
      await pause(10 * attempt);
    }
  }

  #publicKeyOf(session: Handle, publicObject: Handle): string {
    const [point] = this.module.C_GetAttributeValue(session, publicObject, [{ type: EC_POINT }]);
    const publicKey = publicKeyOf(point?.value as Buffer);
    if (publicKey !== undefined) return publicKey;
    throw new KeyError('BAD_KEY', 'The key in the token is not an Ed25519 key', {
      expected: 'a key on the curve Ed25519',
      remedy: 'Choose another id for the key.',
    });
  }

  #all(session: Handle, template: readonly Attribute[]): Handle[] {
    this.module.C_FindObjectsInit(session, template);
    try {
      return this.module.C_FindObjects(session, 10);
    } finally {
      this.module.C_FindObjectsFinal(session);
    }
  }
}
