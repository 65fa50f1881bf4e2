import * as z from 'zod';
import { idField, momentField, parseOptions, type Timestamp, textField } from '../../wire/index.js';
import { agentIdField } from '../request-fields.js';
import { publicKeyField } from '../trust-options.js';

/** A key to replace. */
export interface RotateKeyRequest {
  /** The authority that gets a new key. */
  readonly authorityId: string;
  /** The id of the new key in the key manager, which generates it if it holds none. Default: a new id. */
  readonly newKeyId?: string;
}

/** The schema of {@link RotateKeyRequest}. */
export const rotateKeyRequest = z.strictObject({ authorityId: idField, newKeyId: idField.optional() });

/** @throws InvalidArgumentError. */
export const parseRotateKeyRequest = (given: RotateKeyRequest) =>
  parseOptions(rotateKeyRequest, given, 'rotateKey()');

/** A key that others may have had since some moment. */
export interface RevokeKeyRequest {
  /** The authority whose key it is. */
  readonly authorityId: string;
  /** The time since when its signatures do not count, not in the future. Live records under the key stop counting, whenever they were made. */
  readonly since: Date | Timestamp;
  /** Why it is revoked; it is signed. */
  readonly reason: string;
  /** The public key. Default: the current one, which is replaced by a new one. */
  readonly publicKey?: string;
  /**
   * The agents whose chains are signed again with the new key. Look at their chains first: a thief can have signed them.
   * All other agents of the authority must be revoked, reinstated and established again. Default: none.
   */
  readonly keep?: readonly string[];
}

/** The schema of {@link RevokeKeyRequest}. */
export const revokeKeyRequest = z.strictObject({
  authorityId: idField,
  since: momentField,
  reason: textField.refine((reason) => reason.trim().length > 0, 'a string that says why'),
  publicKey: publicKeyField.optional(),
  keep: z.array(agentIdField).optional(),
});

/** @throws InvalidArgumentError. */
export const parseRevokeKeyRequest = (given: RevokeKeyRequest) =>
  parseOptions(revokeKeyRequest, given, 'revokeKey()');
