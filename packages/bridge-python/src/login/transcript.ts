import { createHash, verify } from 'node:crypto';
import { importPublicKey } from '@kaizen-eatp/core/records';

/** The bytes that are signed during a login (docs/protocol.md, "Login"): hashes of whole messages, so that no part is left unsigned. */

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const bridgePreimage = (hello: Uint8Array, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('kaizen-eatp-bridge/3 bridge\n'), sha256(hello), sha256(body)]);

export const agentPreimage = (hello: Uint8Array, challenge: Uint8Array, body: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('kaizen-eatp-bridge/3 agent\n'),
    sha256(hello),
    sha256(challenge),
    sha256(body),
  ]);

/** Whether a signature is good. A key that is none signs nothing. */
export function isSignedBy(publicKey: Uint8Array, preimage: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, preimage, importPublicKey(Buffer.from(publicKey).toString('base64')), signature);
  } catch {
    return false;
  }
}
