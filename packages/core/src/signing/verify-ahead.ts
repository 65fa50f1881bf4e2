import { MANY_SIGNATURES, type SignedText, verifyAll } from '#crypto';
import { decodeSignature, importPublicKey, verifiedAhead } from './public-key.js';

/** A signature to verify. */
export interface Signed {
  /** The string that was signed. */
  readonly text: string;
  /** Base64 of the signature. */
  readonly signature: string;
  /** Base64 of the public key. */
  readonly publicKey: string;
}

/**
 * Signatures that are verified at once, on all cores or by the browser's own cryptography, before `verifySignature()` is asked
 * for them. It only saves time: a signature that is not among them, or not ready, is verified when it is asked for.
 */
export class Ahead {
  readonly #pending = new Map<string, Promise<void>>();

  /** Begins, unless the signatures are so few that it would cost more than it saves. */
  constructor(private readonly all: readonly Signed[]) {
    if (all.length < MANY_SIGNATURES) return;
    const prepared = all.flatMap((signed) => prepare(signed) ?? []);
    for (const [i, result] of verifyAll(prepared.map(({ signedText }) => signedText)).entries())
      this.#await((prepared[i] as Prepared).signed, result);
  }

  /** Waits for a signature. @returns undefined if there is nothing to wait for. */
  ready(signature: string | null | undefined): Promise<void> | undefined {
    return this.#pending.get(signature ?? '');
  }

  /** Waits for all signatures. */
  async allReady(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  /** Forgets the results. */
  forget(): void {
    for (const { signature } of this.all) verifiedAhead.delete(signature);
  }

  #await({ text, signature, publicKey }: Signed, result: Promise<boolean>): void {
    const done = result.then(
      (isValid) => {
        verifiedAhead.set(signature, { text, publicKey, isValid });
        this.#pending.delete(signature);
      },
      () => {
        this.#pending.delete(signature);
      },
    );
    this.#pending.set(signature, done);
  }
}

interface Prepared {
  readonly signed: Signed;
  readonly signedText: SignedText;
}

/** A malformed key or signature is left to `verifySignature()`. */
function prepare(signed: Signed): Prepared | undefined {
  const signature = decodeSignature(signed.signature);
  if (!signature) return undefined;
  try {
    const key = importPublicKey(signed.publicKey);
    return { signed, signedText: { key, text: signed.text, signature } };
  } catch {
    return undefined;
  }
}
