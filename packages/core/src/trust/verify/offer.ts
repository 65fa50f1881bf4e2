import { isBoundDelegationId, isOfferNonce } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { earlier } from '../../wire/index.js';
import type { ReadSet } from '../read-set.js';
import { judgeChainDelegations } from './chain-delegations.js';
import { judgeDelegators } from './delegation-grant.js';
import { findTermsDenial, judgeEntry } from './delegation-link.js';
import { endOfRights } from './delegation-rights.js';
import { type Denial, deny } from './denial.js';
import { expiryOf, ParsedChain, ParsedDelegation } from './parsed-records.js';
import { revokedPerson } from './revocations.js';

/**
 * Judges whether an entry of the ledger is a lasting delegation that its delegatee can accept now: offered, as signed, not
 * expired, not revoked, and within what its delegator could give at this moment.
 *
 * @param fresh - checks every signature again.
 */
export async function judgeOffer(
  reads: ReadSet,
  entry: LedgerEntry,
  fresh = false,
): Promise<ParsedDelegation | Denial> {
  const evidence = judgeEntry(reads, entry, 'offered');
  if (!(evidence instanceof ParsedDelegation)) return evidence;
  const { id } = evidence.record;
  if (reads.deployment.statements.state.isAcceptedDelegation(id))
    return deny('DELEGATION_NOT_IN_FORCE', `delegation ${id} was accepted before`);
  if (!isOffer(evidence, entry))
    return deny('DELEGATION_MISMATCH', `delegation ${id} was not made as a lasting one`);
  const denial =
    findTermsDenial(reads, evidence) ??
    (entry.person === null ? undefined : revokedPerson(reads, entry.person)) ??
    (await judgeDelegators(reads, [evidence], fresh)) ??
    (await findNarrowing(reads, evidence, fresh));
  return denial ?? evidence;
}

/** The signed id says it: no column of the ledger turns a delegation for a task into an offer. */
const isOffer = (evidence: ParsedDelegation, entry: LedgerEntry): boolean =>
  entry.runId === null &&
  entry.invocationId === null &&
  entry.parentDelegationId === null &&
  (entry.person === null
    ? !isBoundDelegationId(evidence.record.id)
    : isOfferNonce(entry.nonce) && evidence.isBoundTo(entry, entry.nonce));

/** Judges the delegations to the delegator itself, and how long it holds its rights. Its chain was judged before. */
async function findNarrowing(
  reads: ReadSet,
  { record, expiresAt }: ParsedDelegation,
  fresh: boolean,
): Promise<Denial | undefined> {
  const { deployment, now } = reads;
  const { id, delegatorId, capabilitiesDelegated } = record;
  const stored = reads.chain(delegatorId);
  const delegator = stored && deployment.chainEvidence(stored);
  if (!(delegator instanceof ParsedChain))
    return deny('DELEGATOR_NOT_TRUSTED', `delegator ${delegatorId} of ${id} has no chain in force`);
  const denial = await judgeChainDelegations(reads, delegator, fresh);
  if (denial) return denial;
  const end = earlier(delegator.chain.genesis.expiresAt, endOfRights(now, delegator, capabilitiesDelegated));
  return expiresAt > expiryOf(end)
    ? deny(
        'DELEGATION_WIDENED',
        `delegation ${id} outlasts the rights of ${delegatorId}, which end at ${end}`,
      )
    : undefined;
}
