import type { DelegationRecord } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeOffer } from '../verify/offer.js';
import { ParsedDelegation } from '../verify/parsed-records.js';
import { type OfferFilter, parseOfferFilter } from './offer-request.js';

/** Returns the offered delegations that can be accepted now, oldest first. */
export async function listOffers(deployment: Deployment, given: OfferFilter): Promise<DelegationRecord[]> {
  const { delegatorId, delegateeId } = parseOfferFilter(given);
  const entries = await deployment.store.findDelegations({
    ...(delegatorId !== undefined && { delegatorId }),
    ...(delegateeId !== undefined && { delegateeId }),
    status: 'offered',
  });
  const reads = new ReadSet(deployment);
  await reads.needChains(entries.map((entry) => entry.delegatorId));
  const offers: DelegationRecord[] = [];
  for (const entry of entries) {
    const judged = await judgeOffer(reads, entry);
    if (judged instanceof ParsedDelegation) offers.push(judged.record);
  }
  return offers;
}
