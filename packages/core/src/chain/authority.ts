import { z } from 'zod';
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
  readonly id: string;
  readonly name: string;
  readonly authorityType: AuthorityType;
  /** Base64 of the 32-byte Ed25519 public key. */
  readonly publicKey: string;
  /** The name of its private key in the key manager. */
  readonly signingKeyId: string;
  readonly permissions: readonly AuthorityPermission[];
  readonly parentAuthorityId?: string | null;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
  readonly isActive: boolean;
  /** Free-form: any JSON value. */
  readonly metadata?: JsonValue;
}

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
