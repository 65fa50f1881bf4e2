import { DelegationError } from '../../errors/index.js';
import type { LedgerEntry } from '../../store/index.js';
import type { ReadSet } from '../read-set.js';
import { type Denial, deny } from '../verify/denial.js';
import { judgeOffer } from '../verify/offer.js';
import { ParsedDelegation } from '../verify/parsed-records.js';
import type { AcceptDelegationRequest } from './offer-request.js';

/** @throws DelegationError `DELEGATION_NOT_FOUND`, or `DELEGATION_NOT_ACCEPTABLE` for another agent's. */
export async function expectEntryFor(
  reads: ReadSet,
  { delegationId, agentId }: AcceptDelegationRequest,
): Promise<LedgerEntry> {
  await reads.need({ delegationId });
  const [entry] = reads.path(delegationId);
  if (!entry) {
    throw new DelegationError('DELEGATION_NOT_FOUND', `There is no delegation '${delegationId}'`, {
      remedy: 'Check the id: listOffers() lists what is offered to an agent.',
      evidence: { delegationId, agentId },
    });
  }
  if (entry.delegateeId === agentId) return entry;
  const { delegateeId } = entry;
  throw notAcceptable(agentId, delegationId, deny('DELEGATION_MISMATCH', `it is offered to ${delegateeId}`));
}

/** @throws DelegationError `DELEGATION_NOT_FOUND`, `DELEGATION_NOT_ACCEPTABLE` unless the agent can accept it now. */
export async function expectOffer(
  reads: ReadSet,
  request: AcceptDelegationRequest,
): Promise<ParsedDelegation> {
  const judged = await judgeOffer(reads, await expectEntryFor(reads, request));
  if (judged instanceof ParsedDelegation) return judged;
  throw notAcceptable(request.agentId, request.delegationId, judged);
}

/** The error for a delegation that an agent cannot accept or decline. */
export const notAcceptable = (agentId: string, delegationId: string, denial: Denial): DelegationError =>
  new DelegationError(
    'DELEGATION_NOT_ACCEPTABLE',
    `Agent '${agentId}' cannot answer the delegation '${delegationId}'`,
    {
      expected: 'one that is offered to the agent, and that its delegator could make now',
      received: `${denial.code} (${denial.reason})`,
      remedy:
        'Nothing was changed. If it was accepted before, it is in force; otherwise let the delegator offer it again if it is still wanted.',
      evidence: { agentId, delegationId, denial },
    },
  );
