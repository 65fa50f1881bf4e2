import type { DelegationRecord, TrustLineageChain } from '../chain/index.js';
import { CheckpointOperations } from './checkpoint-operations.js';
import { deploymentOf } from './deployment-of.js';
import { acceptDelegation } from './issue/accept-delegation.js';
import { declineDelegation } from './issue/decline-delegation.js';
import { delegate } from './issue/delegate.js';
import type { DelegateRequest } from './issue/delegate-request.js';
import { type EndTaskRequest, endTask } from './issue/end-task.js';
import { listOffers } from './issue/list-offers.js';
import type {
  AcceptDelegationRequest,
  DeclineDelegationRequest,
  OfferFilter,
} from './issue/offer-request.js';

/** The operations of {@link TrustOperations} by which agents delegate, and answer what is offered to them. */
export abstract class DelegationOperations extends CheckpointOperations {
  /**
   * Delegates capabilities to another agent, for one task (default) or permanently (`lasting`). The constraints of the
   * delegator are always passed on. A lasting delegation is an offer: it gives nothing and changes no chain until its
   * delegatee accepts it.
   *
   * @throws CapabilityNotHeldError, DelegationError, TrustChainNotFoundError, InvalidTrustChainError, RevokedError,
   * InvalidArgumentError, StoreError.
   */
  async delegate(request: DelegateRequest): Promise<DelegationRecord> {
    return delegate(deploymentOf(this), request);
  }

  /**
   * Accepts a lasting delegation that was offered to an agent: checks that its delegator could make it now, writes it into
   * the agent's chain, and ends the offer, all or nothing. An agent without a chain is given one that is derived from the
   * delegation. The authority of the agent signs the chain, and that of the delegator the capabilities in it, so the keys
   * of both must be here.
   *
   * @returns the agent's chain with the delegation.
   * @throws DelegationError `DELEGATION_NOT_FOUND`, `DELEGATION_NOT_ACCEPTABLE` for one that is for another agent, was
   * accepted, declined or revoked, has expired, or gives more than the delegator could give now; InvalidTrustChainError,
   * AgentRevokedError, AuthorityError, KeyError `KEY_NOT_FOUND`, InvalidArgumentError, StoreError.
   */
  async acceptDelegation(request: AcceptDelegationRequest): Promise<TrustLineageChain> {
    return acceptDelegation(deploymentOf(this), request);
  }

  /**
   * Declines a lasting delegation that was offered to an agent. To withdraw an offer as its delegator, revoke it.
   *
   * @throws DelegationError `DELEGATION_NOT_FOUND`, `DELEGATION_NOT_ACCEPTABLE` for one that is not offered to the agent;
   * KeyError `KEY_NOT_FOUND`, InvalidArgumentError, StoreError.
   */
  async declineDelegation(request: DeclineDelegationRequest): Promise<void> {
    return declineDelegation(deploymentOf(this), request);
  }

  /**
   * Lists the lasting delegations that an agent offered, or that were offered to an agent, and that can be accepted now;
   * oldest first.
   *
   * @throws InvalidArgumentError, StoreError.
   */
  async listOffers(filter: OfferFilter): Promise<DelegationRecord[]> {
    return listOffers(deploymentOf(this), filter);
  }

  /**
   * Ends the delegations that an agent made for a task outside runs. Delegations of a run end with the run.
   *
   * @throws InvalidArgumentError, StoreError.
   */
  async endTask(request: EndTaskRequest): Promise<void> {
    return endTask(deploymentOf(this), request);
  }
}
