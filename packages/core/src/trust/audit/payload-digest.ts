import { canonicalJson, isPlainJson, sha256Hex, toJsonValue } from '../../wire/index.js';

/**
 * SHA-256 of what went into or came out of an agent, in canonical form, so that an auditor can tell whether a given
 * result is the one that was recorded. Null for what JSON cannot hold.
 */
export function payloadDigest(payload: unknown): string | null {
  try {
    return sha256Hex(isPlainJson(payload) ? canonicalJson(payload) : canonicalJson(toJsonValue(payload)));
  } catch {
    return null;
  }
}
