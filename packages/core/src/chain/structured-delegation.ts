import type { z } from 'zod';
import { MalformedRecordError } from '../errors/index.js';
import { canonicalJson, isJsonObject, type JsonValue, timestampToMillis } from '../wire/index.js';
import type { DelegationRecord } from './delegation-record.js';
import { DELEGATION_V2_PAYLOAD, DELEGATION_V3_PAYLOAD, DIMENSIONS } from './enums.js';
import {
  constraintDimensions,
  delegationScope,
  multiSigPolicy,
  resourceLimits,
} from './structured-fields.js';

/** Returns the structured parts as the reference writes them back: known members only, absent ones filled in. */
export function structuredDict(delegation: DelegationRecord): Record<string, JsonValue> {
  const dict: Record<string, JsonValue> = {};
  if (delegation.constraints) dict.constraints = constraintDimensions.parse(delegation.constraints);
  if (delegation.resourceLimits) dict.resource_limits = resourceLimits.parse(delegation.resourceLimits);
  if (delegation.scope) dict.scope = delegationScope.parse(delegation.scope);
  if (delegation.multiSig) dict.multi_sig = true;
  if (delegation.multiSigPolicy) {
    const { threshold, authorized_signers } = multiSigPolicy.parse(delegation.multiSigPolicy);
    dict.multi_sig_policy = { threshold, authorized_signers: authorized_signers.map((s) => s.toLowerCase()) };
  }
  return dict;
}

/**
 * Returns why a record is inconsistent about its quorum, if it is: the policy, the flag and the version that signs both
 * must agree. The reference cannot read an inconsistent record.
 */
export function quorumProblem(delegation: DelegationRecord): string | undefined {
  const hasFlag = delegation.multiSig === true;
  const hasPolicy = (delegation.multiSigPolicy ?? null) !== null;
  if (hasFlag !== hasPolicy)
    return `delegation ${delegation.id}: multi_sig and multi_sig_policy do not go together`;
  return hasFlag && delegation.signingPayloadVersion !== DELEGATION_V3_PAYLOAD
    ? `delegation ${delegation.id}: a quorum is signed only by ${DELEGATION_V3_PAYLOAD}`
    : undefined;
}

/**
 * Returns the signed string of the two cross-SDK delegation forms. Like the reference, it refuses everything that these
 * forms leave undefined: fractions of a second, narrowed dimensions and non-ASCII text.
 *
 * @throws MalformedRecordError `MALFORMED_RECORD`.
 */
export function structuredDelegationText(delegation: DelegationRecord, version: string): string {
  const isV3 = version === DELEGATION_V3_PAYLOAD;
  if (version !== DELEGATION_V2_PAYLOAD && !isV3)
    refuse(delegation, `unknown signing_payload_version '${version}'`);
  const multiSig = delegation.multiSig === true;
  if (multiSig !== isV3) refuse(delegation, `multi_sig is ${multiSig} under ${version}`);
  if (new Set(delegation.dimensionScope ?? DIMENSIONS).size < DIMENSIONS.length) {
    refuse(delegation, `a narrowed dimension_scope under ${version}`);
  }
  const preimage: Record<string, JsonValue> = {
    delegation_id: delegation.id,
    delegator: delegation.delegatorId,
    delegate: delegation.delegateeId,
    capabilities: delegation.capabilitiesDelegated,
    created_at: wholeSecond(delegation, delegation.delegatedAt),
    expires_at: delegation.expiresAt ? wholeSecond(delegation, delegation.expiresAt) : null,
    parent_delegation_id: delegation.parentDelegationId ?? null,
    constraints: part(delegation, 'constraints', constraintDimensions, delegation.constraints),
    resource_limits: part(delegation, 'resource_limits', resourceLimits, delegation.resourceLimits),
    scope: part(delegation, 'scope', delegationScope, delegation.scope),
    reasoning_trace_hash: delegation.reasoningTraceHash ?? null,
    signing_payload_version: version,
  };
  if (multiSig) {
    const policy = part(delegation, 'multi_sig_policy', multiSigPolicy, delegation.multiSigPolicy);
    preimage.multi_sig = true;
    preimage.multi_sig_threshold = policy.threshold;
    preimage.multi_sig_authorized_signers = policy.authorized_signers.map((s) => s.toLowerCase()).sort();
  }
  if (hasNonAscii(preimage)) refuse(delegation, `non-ASCII text under ${version}`);
  return unescaped(canonicalJson(preimage));
}

/** These forms are UTF-8 rather than ASCII. In strings that leaves only U+007F unescaped; keys can have any text. */
const unescaped = (canonical: string): string =>
  canonical.replace(/\\(?:\\|u([0-9a-f]{4}))/g, (found, hex: string | undefined) => {
    const unit = Number.parseInt(hex ?? '0', 16);
    return unit >= 0x7f ? String.fromCharCode(unit) : found;
  });

function part<T>(delegation: DelegationRecord, name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : refuse(delegation, `${name}: ${parsed.error.issues[0]?.message}`);
}

function wholeSecond(delegation: DelegationRecord, timestamp: string): string {
  const millis = timestampToMillis(timestamp);
  if (!Number.isInteger(millis / 1000)) refuse(delegation, `${timestamp} is not a whole second`);
  return `${new Date(millis).toISOString().slice(0, 19)}+00:00`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
const ASCII = /^[\x00-\x7f]*$/;

function hasNonAscii(value: JsonValue): boolean {
  if (typeof value === 'string') return !ASCII.test(value);
  if (Array.isArray(value)) return value.some(hasNonAscii);
  return isJsonObject(value) && Object.values(value).some(hasNonAscii);
}

function refuse(delegation: DelegationRecord, reason: string): never {
  throw new MalformedRecordError(
    'MALFORMED_RECORD',
    `Delegation ${delegation.id} has an unknown signed form`,
    {
      received: reason,
      remedy:
        'Update this package if the form is newer, or ask the sender for a form that this version knows.',
      evidence: { delegationId: delegation.id, reason },
    },
  );
}
