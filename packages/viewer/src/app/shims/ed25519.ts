/** Verifies Ed25519 signatures in the browser, in place of core's module over `node:crypto`. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { Buffer } from './buffer.js';

const known = new Map<string, boolean>();
const imported = new Map<string, Uint8Array<ArrayBuffer>>();

/** Whether `signature` is a valid signature of the key over `text`, as core decides it. */
export function verifySignature(text: string, signature: string, publicKey: string): boolean {
  const key = importPublicKey(publicKey);
  const bytes = signatureBytes(signature);
  if (!bytes) return false;
  const name = nameOf(text, signature, publicKey);
  const found = known.get(name);
  if (found !== undefined) return found;
  const isValid = isSigned(text, bytes, key);
  known.set(name, isValid);
  return isValid;
}

/** Decodes a public key. @throws Error unless it is canonical base64 of 32 bytes, and no point of small order. */
export function importPublicKey(publicKey: string): Uint8Array<ArrayBuffer> {
  const found = imported.get(publicKey);
  if (found) return found;
  const bytes = Buffer.from(String(publicKey), 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== publicKey)
    throw new Error('The public key must be base64 of 32 bytes');
  // The browser's own cryptography can accept one signature for every text under such a key.
  if (isSmallOrder(bytes)) throw new Error('The public key is a point of small order');
  const key = new Uint8Array(bytes);
  imported.set(publicKey, key);
  return key;
}

/** A signature to verify. */
export interface Signed {
  readonly text: string;
  readonly signature: string;
  readonly publicKey: string;
}

/** Verifies many signatures by the browser's own cryptography, where it has it, so that each is known when it is asked for. */
export async function verifyAhead(all: readonly Signed[]): Promise<void> {
  const keys = new Map<string, CryptoKey>();
  try {
    for (const { publicKey } of all) {
      if (keys.has(publicKey)) continue;
      const raw = importPublicKey(publicKey);
      keys.set(publicKey, await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']));
    }
  } catch {
    return;
  }
  await Promise.all(
    all.map(async ({ text, signature, publicKey }) => {
      const bytes = signatureBytes(signature);
      if (!bytes) return;
      const key = keys.get(publicKey) as CryptoKey;
      const isValid = await crypto.subtle.verify('Ed25519', key, bytes, new TextEncoder().encode(text));
      known.set(nameOf(text, signature, publicKey), isValid);
    }),
  );
}

const nameOf = (text: string, signature: string, publicKey: string): string =>
  `${publicKey}\n${signature}\n${text}`;

function signatureBytes(signature: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof signature !== 'string') return undefined;
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === 64 && bytes.toString('base64') === signature ? new Uint8Array(bytes) : undefined;
}

function isSmallOrder(key: Uint8Array): boolean {
  try {
    return ed25519.Point.fromBytes(key, true).isSmallOrder();
  } catch {
    return false;
  }
}

function isSigned(text: string, signature: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, new TextEncoder().encode(text), key, { zip215: false });
  } catch {
    return false;
  }
}
