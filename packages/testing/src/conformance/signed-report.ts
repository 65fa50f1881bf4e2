import type { KeyManager } from '@kaizen-eatp/core';
import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { canonicalJson, toJsonValue, verifySignature } from '@kaizen-eatp/core/records';
import type { ConformanceReport } from './conformance-report.js';

/** A report that its signer vouches for: plain data, which a registry of plugins can store and show. */
export interface SignedConformanceReport {
  /** The report. */
  readonly report: ConformanceReport;
  /** The package and version that was tested, for instance `kaizen-eatp-pattern-map-reduce@1.2.0`. */
  readonly package: string;
  /** The time of the signature, as an ISO 8601 timestamp. */
  readonly signed_at: string;
  /** The public key of the signer: base64 of 32 bytes. */
  readonly public_key: string;
  /** The Ed25519 signature of the canonical JSON of everything else: base64 of 64 bytes. */
  readonly signature: string;
}

/** Options of {@link signReport}. */
export interface SignReportOptions {
  /** The package and version that was tested. */
  readonly package: string;
  /** Keeps the key of the signer. */
  readonly keyManager: KeyManager;
  /** The id of that key. */
  readonly keyId: string;
  /** The time in milliseconds since the epoch. Default: the present time. */
  readonly now?: number;
}

/** Signs a report. @throws InvalidArgumentError if there is no such key. */
export async function signReport(
  report: ConformanceReport,
  { package: tested, keyManager, keyId, now = Date.now() }: SignReportOptions,
): Promise<SignedConformanceReport> {
  const publicKey = await keyManager.publicKey(keyId);
  if (publicKey === undefined) {
    throw new InvalidArgumentError(`There is no key '${keyId}'`, {
      expected: 'the id of a key of the key manager',
      received: `'${keyId}'`,
      remedy: 'Generate the key, or pass the id of another one.',
    });
  }
  const unsigned = {
    report: JSON.parse(JSON.stringify(report)) as ConformanceReport,
    package: tested,
    signed_at: new Date(now).toISOString(),
    public_key: publicKey,
  };
  return { ...unsigned, signature: await keyManager.sign(preimage(unsigned), keyId) };
}

/**
 * Whether a signed report is as its signer signed it. The reader of the report decides which signers to believe.
 *
 * @param signers - the public keys of the signers to believe: base64 of 32 bytes each.
 */
export function verifyReport(signed: SignedConformanceReport, signers: readonly string[]): boolean {
  const { signature, ...unsigned } = signed;
  return (
    signers.includes(signed.public_key) && verifySignature(preimage(unsigned), signature, signed.public_key)
  );
}

const preimage = (unsigned: Omit<SignedConformanceReport, 'signature'>): string =>
  canonicalJson(toJsonValue({ type: 'kaizen_eatp_conformance_report', ...unsigned }, 'a conformance report'));
