import type { Authority } from '../chain/index.js';
import { describeThrown, EatpError, KeyError } from '../errors/index.js';
import type { KeyManager } from '../signing/index.js';

/** The part of an authority that says which key signs for it. */
export type KeyOfAuthority = Pick<Authority, 'id' | 'signingKeyId' | 'publicKey'>;

/** The private keys of authorities. Nothing is signed with another key than the one whose public half the authority names. */
export class AuthorityKeys {
  /** By key id: the public half of a key that the key manager was seen to hold. */
  readonly #held = new Map<string, string>();

  constructor(private readonly keyManager: KeyManager) {}

  /**
   * Checks that the key of an authority is here, before anything depends on its signature.
   *
   * @returns a promise only where the key manager has to be asked.
   * @throws KeyError `KEY_NOT_FOUND`, or `SIGNING_FAILED` if the key manager fails.
   */
  expect(authority: KeyOfAuthority): Promise<void> | undefined {
    if (this.#held.get(authority.signingKeyId) === authority.publicKey) return undefined;
    return this.#look(authority);
  }

  /** Signs text with the key of an authority. Returns base64. @throws as {@link expect}. */
  sign(text: string, authority: KeyOfAuthority): string | Promise<string> {
    const missing = this.expect(authority);
    if (missing) return missing.then(() => this.#sign(text, authority));
    return this.#sign(text, authority);
  }

  #sign(text: string, { signingKeyId }: KeyOfAuthority): string | Promise<string> {
    try {
      const signature = this.keyManager.sign(text, signingKeyId);
      return typeof signature === 'string' ? signature : Promise.resolve(signature).catch(signingFailed);
    } catch (error) {
      return signingFailed(error);
    }
  }

  async #look({ id, signingKeyId, publicKey }: KeyOfAuthority): Promise<void> {
    let found: string | undefined;
    try {
      found = await this.keyManager.publicKey(signingKeyId);
    } catch (error) {
      signingFailed(error);
    }
    if (found === publicKey) {
      this.#held.set(signingKeyId, publicKey);
      return;
    }
    throw new KeyError('KEY_NOT_FOUND', `The private key of authority '${id}' is not in the key manager`, {
      expected: `a key '${signingKeyId}' whose public key is ${publicKey}`,
      received: found === undefined ? 'no key of this id' : `the public key ${found}`,
      remedy: 'Open the key manager that holds the key. Nothing was done in the name of this authority.',
      evidence: { authorityId: id, keyId: signingKeyId },
    });
  }
}

/** A key manager can throw anything. The error must not be mistaken for an error of the pattern. */
function signingFailed(cause: unknown): never {
  if (cause instanceof EatpError) throw cause;
  throw new KeyError('SIGNING_FAILED', 'The key manager could not sign', {
    received: describeThrown(cause),
    remedy: 'See `cause`, and repair the key manager.',
    cause,
  });
}
