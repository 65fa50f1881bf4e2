import { type SignedText, verifyAll } from '#crypto';
import { decodeSignature, importPublicKey, verifiedAhead } from './public-key.js';

/** A signature to verify. */
export interface Signed {
  /** The text. */
  readonly text: string;
  /** Base64 of the signature. */
  readonly signature: string;
  /** Base64 of the public key. */
  readonly publicKey: string;
}

/**
 * Verifies many signatures at once, faster than one after the other, so that each is known when `verifySignature()` is asked
 * for it. It only saves time: what is not foreseen here is verified when it is asked for.
 *
 * @returns a function that forgets what was found.
 */
export async function verifyAhead(all: readonly Signed[]): Promise<() => void> {
  const readable = all.flatMap((signed) => prepare(signed) ?? []);
  const verdicts = await verifyAll(readable.map(({ prepared }) => prepared));
  for (const [i, isValid] of verdicts.entries()) {
    const { signed } = readable[i] as Prepared;
    const { text, publicKey } = signed;
    verifiedAhead.set(signed.signature, { text, publicKey, isValid });
  }
  return () => {
    for (const { signature } of all) verifiedAhead.delete(signature);
  };
}

interface Prepared {
  readonly signed: Signed;
  readonly prepared: SignedText;
}

/** A malformed key or signature is left to `verifySignature()`. */
function prepare(signed: Signed): Prepared | undefined {
  const signature = decodeSignature(signed.signature);
  if (!signature) return undefined;
  try {
    const key = importPublicKey(signed.publicKey);
    return { signed, prepared: { key, text: signed.text, signature } };
  } catch {
    return undefined;
  }
}
