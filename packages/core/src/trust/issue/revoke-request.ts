import * as z from 'zod';
import { idField, parseOptions, textField } from '../../wire/index.js';

/** Identifies what to revoke: set exactly one of `agentId`, `delegationId` and `humanId`. */
export type RevokeRequest = {
  /** The reason; it is recorded. */
  readonly reason: string;
  /** Whether lasting delegations that depend on the revoked trust end as well. Default: true. */
  readonly cascade?: boolean;
} & (
  | {
      /** The agent to revoke. */
      readonly agentId: string;
      /** The delegation to revoke. */
      readonly delegationId?: never;
      /** The id of the person; all delegations that were made on behalf of this person are revoked. */
      readonly humanId?: never;
    }
  | {
      /** The delegation to revoke. */
      readonly delegationId: string;
      /** The agent to revoke. */
      readonly agentId?: never;
      /** The id of the person; all delegations that were made on behalf of this person are revoked. */
      readonly humanId?: never;
    }
  | {
      /** The id of the person; all delegations that were made on behalf of this person are revoked. */
      readonly humanId: string;
      /** The agent to revoke. */
      readonly agentId?: never;
      /** The delegation to revoke. */
      readonly delegationId?: never;
    }
);

/** The schema of {@link RevokeRequest}. */
export const revokeRequest = z
  .strictObject({
    reason: textField.refine((reason) => reason.trim().length > 0, 'a string that says why'),
    cascade: z.boolean().optional(),
    agentId: idField.optional(),
    delegationId: idField.optional(),
    humanId: idField.optional(),
  })
  .refine(
    (request) =>
      [request.agentId, request.delegationId, request.humanId].filter((id) => id !== undefined).length === 1,
    'exactly one of agentId, delegationId and humanId',
  );

/** A request as it was read. */
export type ParsedRevokeRequest = Readonly<z.output<typeof revokeRequest>>;

/** @throws InvalidArgumentError. */
export const parseRevokeRequest = (given: RevokeRequest): ParsedRevokeRequest =>
  parseOptions(revokeRequest, given, 'revoke()');
