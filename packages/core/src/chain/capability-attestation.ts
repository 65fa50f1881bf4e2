import * as z from 'zod';
import {
  type JsonObject,
  type JsonValue,
  RecordCodec,
  sortByCodePoint,
  type Timestamp,
  type WithUnknownFields,
} from '../wire/index.js';
import { CAPABILITY_TYPES, type CapabilityType, LEGACY_PAYLOAD, SUBJECT_BOUND_PAYLOAD } from './enums.js';
import { optionalJson, optionalText, optionalTimestamp, text, textList, timestamp } from './fields.js';

/** A permission of an agent, attested by an authority. */
export interface CapabilityAttestation extends WithUnknownFields {
  /** The id: `cap-` and a UUID for an attestation made here. */
  readonly id: string;
  /** The action, or a pattern with one `*`. */
  readonly capability: string;
  /** The kind of the capability: `access`, `action` or `delegation`. */
  readonly capabilityType: CapabilityType;
  /** The constraint labels that limit the capability. */
  readonly constraints: readonly string[];
  /** The id of the authority that attested the capability. */
  readonly attesterId: string;
  /** The time of the attestation. */
  readonly attestedAt: Timestamp;
  /** The expiry time of the capability; null or absent if it does not expire. */
  readonly expiresAt?: Timestamp | null;
  /** Free-form details: the reference signs any JSON value here and gives it no meaning. */
  readonly scope?: JsonValue;
  /** `v1-subject-bound`, or absent for the legacy form that is refused by default. */
  readonly signingPayloadVersion?: string | null;
  /** Base64 of the Ed25519 signature of {@link capabilityPreimage}; null or absent in an unsigned record. */
  readonly signature?: string | null;
}

/** Reads and writes capability attestations. */
export const capabilityCodec = new RecordCodec<CapabilityAttestation>('capability attestation', {
  id: text,
  capability: text,
  capabilityType: z.enum(CAPABILITY_TYPES),
  constraints: textList,
  attesterId: text.min(1),
  attestedAt: timestamp,
  expiresAt: optionalTimestamp,
  scope: optionalJson,
  signingPayloadVersion: optionalText,
  signature: optionalText,
});

/**
 * Returns the version of the form in which an attestation was signed. An attestation without one has the legacy form.
 */
export const capabilityVersion = (capability: CapabilityAttestation): string =>
  capability.signingPayloadVersion ?? LEGACY_PAYLOAD;

/**
 * @param subjectAgentId - the agent id in the genesis of the chain that holds the attestation. It is signed but
 * never stored in the attestation, so an attestation moved to another chain does not verify there.
 */
export function capabilityPreimage(capability: CapabilityAttestation, subjectAgentId: string): JsonObject {
  const preimage = {
    id: capability.id,
    capability: capability.capability,
    capability_type: capability.capabilityType,
    constraints: sortByCodePoint([...capability.constraints]),
    attester_id: capability.attesterId,
    attested_at: capability.attestedAt,
    expires_at: capability.expiresAt ?? null,
    scope: capability.scope ?? null,
  };
  return capabilityVersion(capability) === SUBJECT_BOUND_PAYLOAD
    ? { ...preimage, subject_agent_id: subjectAgentId }
    : preimage;
}
