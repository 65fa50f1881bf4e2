import * as z from 'zod';
import { type JsonValue, RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import {
  AUTHORITY_PERMISSIONS,
  AUTHORITY_TYPES,
  type AuthorityPermission,
  type AuthorityType,
} from './enums.js';
import { optionalJson, optionalText, text, timestamp } from './fields.js';

/** An organisation, system or person that authorises agents; its key signs everything in their chains. */
export interface Authority extends WithUnknownFields {
  /** The id that chains, anchors and receipts name. */
  readonly id: string;
  /** The display name. */
  readonly name: string;
  /** The kind: an organisation, a system or a human. */
  readonly authorityType: AuthorityType;
  /** Base64 of the 32-byte Ed25519 public key. */
  readonly publicKey: string;
  /** The name of its private key in the key manager. */
  readonly signingKeyId: string;
  /** The permissions that the authority holds. Establishing agents needs `create_agents`. */
  readonly permissions: readonly AuthorityPermission[];
  /** The authority that it belongs to. Recorded only; it gives no rights. */
  readonly parentAuthorityId?: string | null;
  /** The time at which the authority was created. */
  readonly createdAt: Timestamp;
  /** The time of the last change of the record. */
  readonly updatedAt: Timestamp;
  /** Whether the authority can sign. An inactive one signs nothing more. */
  readonly isActive: boolean;
  /** Free-form details: any JSON value. */
  readonly metadata?: JsonValue;
}

/** Reads and writes authorities. */
export const authorityCodec = new RecordCodec<Authority>('authority', {
  id: text.min(1),
  name: text,
  authorityType: z.enum(AUTHORITY_TYPES),
  publicKey: text,
  signingKeyId: text,
  permissions: z.array(z.enum(AUTHORITY_PERMISSIONS)),
  parentAuthorityId: optionalText,
  createdAt: timestamp,
  updatedAt: timestamp,
  isActive: z.boolean(),
  metadata: optionalJson,
});
