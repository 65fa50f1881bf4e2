import * as z from 'zod';
import {
  AUTHORITY_PERMISSIONS,
  AUTHORITY_TYPES,
  type Authority,
  type AuthorityPermission,
  type AuthorityType,
  authorityCodec,
} from '../../chain/index.js';
import {
  copyProperties,
  expectId,
  idField,
  type JsonObject,
  jsonField,
  jsonObjectField,
  parseOptions,
  textField,
  toJsonObject,
} from '../../wire/index.js';
import { namespaceField } from '../trust-options.js';

/** An authority to create. */
export interface EnterpriseAuthorityRequest {
  /** The name for people, for instance "ACME Corp". */
  readonly name: string;
  /** The id. Default: made from the name, `org-acme-corp` for "ACME Corp". */
  readonly id?: string;
  /** The kind of the authority. Default: `organization`. */
  readonly authorityType?: AuthorityType;
  /** The permissions of the authority. Default: all. */
  readonly permissions?: readonly AuthorityPermission[];
  /** The ids of the agents that it can speak for: exact ones, or patterns with one `*`. Default: all agents. */
  readonly namespaces?: readonly string[];
  /**
   * The id of the key that signs. The key manager generates it if it holds none. Default: a new key, whose id begins with
   * `key-` and the id of the authority.
   */
  readonly signingKeyId?: string;
  /** The authority that this one is subordinate to. */
  readonly parentAuthorityId?: string;
  /** Stored with the authority. */
  readonly metadata?: object;
}

/** The words of an authority's name that its default id is made of. */
export const WORDS = /[\p{L}\p{N}]+/gu;

const nameField = textField.refine((name) => name.length > 0, "a string such as 'ACME Corp'");
const permissionsField = z.array(z.enum(AUTHORITY_PERMISSIONS));

/** The schema of {@link EnterpriseAuthorityRequest}. */
export const authorityRequest = z
  .strictObject({
    name: nameField,
    id: idField.optional(),
    authorityType: z.enum(AUTHORITY_TYPES).optional(),
    permissions: permissionsField.optional(),
    namespaces: z.array(namespaceField).optional(),
    signingKeyId: idField.optional(),
    parentAuthorityId: idField.optional(),
    metadata: jsonObjectField('metadata').optional(),
  })
  .refine(({ name, id }) => id !== undefined || name.match(WORDS) !== null, {
    path: ['name'],
    message: 'a name with letters or digits, or an `id`',
  });

/** @throws InvalidArgumentError, UnsupportedValueError. */
export const parseAuthorityRequest = (given: EnterpriseAuthorityRequest) =>
  parseOptions(authorityRequest, given, 'createEnterpriseAuthority()');

const part = jsonField('authority').optional();

/** The schema of an {@link Authority}. Its codec checks the values. */
export const authorityRecord = z.strictObject({
  id: part,
  name: part,
  authorityType: part,
  publicKey: part,
  signingKeyId: part,
  permissions: part,
  parentAuthorityId: part,
  createdAt: part,
  updatedAt: part,
  isActive: part,
  metadata: part,
  unknownFields: part,
});

/**
 * Reads an authority, in our form or in that of the reference's `to_dict()`, whose unknown fields are kept.
 *
 * @throws InvalidArgumentError, MalformedRecordError, UnsupportedValueError.
 */
export function parseAuthority(given: Authority | JsonObject): Authority {
  const copy = copyProperties(given, 'registerAuthority()');
  const wire = Object.hasOwn(copy, 'public_key')
    ? toJsonObject(copy, 'authority')
    : authorityCodec.encode(
        parseOptions(authorityRecord, copy, 'registerAuthority()') as unknown as Authority,
      );
  const authority = authorityCodec.decode(wire);
  expectId(authority.id, 'id');
  return authority;
}
