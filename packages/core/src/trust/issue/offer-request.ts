import { z } from 'zod';
import { idField, parseOptions, textField } from '../../wire/index.js';
import { agentIdField } from '../request-fields.js';

/** An offered delegation that its delegatee accepts. */
export interface AcceptDelegationRequest {
  /** The id of the offered delegation. */
  readonly delegationId: string;
  /** The agent that accepts it: its delegatee. */
  readonly agentId: string;
}

/** An offered delegation that its delegatee declines. */
export interface DeclineDelegationRequest extends AcceptDelegationRequest {
  /** The reason; it is signed and recorded. */
  readonly reason: string;
}

/** The offers to list: those by one agent, those to one agent, or those by one to the other. */
export type OfferFilter =
  | {
      /** The agent that offers. */
      readonly delegatorId: string;
      /** The agent that can accept. Default: any. */
      readonly delegateeId?: string;
    }
  | {
      /** The agent that offers. Default: any. */
      readonly delegatorId?: string;
      /** The agent that can accept. */
      readonly delegateeId: string;
    };

const offer = { delegationId: idField, agentId: agentIdField };

/** The schema of {@link AcceptDelegationRequest}. */
export const acceptDelegationRequest = z.strictObject(offer);

/** The schema of {@link DeclineDelegationRequest}. */
export const declineDelegationRequest = z.strictObject({
  ...offer,
  reason: textField.refine((reason) => reason.trim().length > 0, 'a string that says why'),
});

/** The schema of {@link OfferFilter}. */
export const offerFilter = z
  .strictObject({ delegatorId: agentIdField.optional(), delegateeId: agentIdField.optional() })
  .refine(
    ({ delegatorId, delegateeId }) => delegatorId !== undefined || delegateeId !== undefined,
    'delegatorId, delegateeId, or both',
  );

/** @throws InvalidArgumentError. */
export const parseAcceptDelegation = (given: AcceptDelegationRequest) =>
  parseOptions(acceptDelegationRequest, given, 'acceptDelegation()');

/** @throws InvalidArgumentError. */
export const parseDeclineDelegation = (given: DeclineDelegationRequest) =>
  parseOptions(declineDelegationRequest, given, 'declineDelegation()');

/** @throws InvalidArgumentError. */
export const parseOfferFilter = (given: OfferFilter) => parseOptions(offerFilter, given, 'listOffers()');
