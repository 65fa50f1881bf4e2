import * as z from 'zod';
import {
  type JsonObject,
  type JsonValue,
  RecordCodec,
  type Timestamp,
  type WithUnknownFields,
} from '../wire/index.js';
import { AUTHORITY_TYPES, type AuthorityType } from './enums.js';
import { optionalJson, optionalText, optionalTimestamp, text, timestamp } from './fields.js';

/** The first record of every chain: the authority that authorised the agent. */
export interface GenesisRecord extends WithUnknownFields {
  /** The id: `gen-` and a UUID for a record made here. */
  readonly id: string;
  /** The agent that was established. */
  readonly agentId: string;
  /** The authority that established the agent and signed the record. */
  readonly authorityId: string;
  /** The kind of that authority. */
  readonly authorityType: AuthorityType;
  /** The time at which the agent was established. */
  readonly createdAt: Timestamp;
  /** The expiry time of the chain; null or absent if it does not expire. */
  readonly expiresAt?: Timestamp | null;
  /** Informative: every signature is Ed25519. */
  readonly signatureAlgorithm?: JsonValue;
  /** Free-form details: any JSON value. The member `constraints` of an object holds constraint labels. */
  readonly metadata?: JsonValue;
  /** Base64 Ed25519 signature by the authority over {@link genesisPreimage}. */
  readonly signature?: string | null;
}

/** Reads and writes genesis records. */
export const genesisCodec = new RecordCodec<GenesisRecord>('genesis record', {
  id: text,
  agentId: text.min(1),
  authorityId: text.min(1),
  authorityType: z.enum(AUTHORITY_TYPES),
  createdAt: timestamp,
  expiresAt: optionalTimestamp,
  signatureAlgorithm: optionalJson,
  metadata: optionalJson,
  signature: optionalText,
});

/** Returns the JSON object that the signature of a genesis record covers, in canonical form. */
export const genesisPreimage = (genesis: GenesisRecord): JsonObject => ({
  id: genesis.id,
  agent_id: genesis.agentId,
  authority_id: genesis.authorityId,
  authority_type: genesis.authorityType,
  created_at: genesis.createdAt,
  expires_at: genesis.expiresAt ?? null,
  metadata: genesis.metadata === undefined ? {} : genesis.metadata,
});
