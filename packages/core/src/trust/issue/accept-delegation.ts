import type { Authority, TrustLineageChain } from '../../chain/index.js';
import { AuthorityError, StoreError } from '../../errors/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeAuthority } from '../roots.js';
import { commitStatements, type PlannedStatements } from '../statements/append-statements.js';
import type { StatementDraft } from '../statements/statement.js';
import { judgeChainDelegations } from '../verify/chain-delegations.js';
import type { ParsedChain, ParsedDelegation } from '../verify/parsed-records.js';
import { expectEstablishable } from './establish.js';
import { expectOffer, notAcceptable } from './expect-offer.js';
import { deriveChain, foldDelegation } from './lasting-delegation.js';
import { type AcceptDelegationRequest, parseAcceptDelegation } from './offer-request.js';
import { supersession } from './replace-chain.js';
import { putChain } from './sign-chain.js';
import { expectSigningChain, type SigningChain } from './signing-gate.js';

const MAX_ATTEMPTS = 20;

/**
 * Writes an offered delegation into its delegatee's chain, or gives a delegatee without one a derived chain, and ends the
 * offer, in one commit. A signed statement goes with it, so that no revocation comes in between unseen, and no row that is
 * put back is accepted again.
 */
export async function acceptDelegation(
  deployment: Deployment,
  given: AcceptDelegationRequest,
): Promise<TrustLineageChain> {
  const request = parseAcceptDelegation(given);
  for (let attempt = 1; ; attempt++) {
    try {
      let accepted: ParsedChain | undefined;
      await commitStatements(deployment, async () => {
        const { next, plan } = await planAcceptance(deployment, request);
        accepted = next;
        return plan;
      });
      return (accepted as ParsedChain).chain;
    } catch (error) {
      // Another process changed the chain, or ended the offer. Both are read again.
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function planAcceptance(
  deployment: Deployment,
  { delegationId, agentId }: AcceptDelegationRequest,
): Promise<{ next: ParsedChain; plan: PlannedStatements }> {
  const reads = new ReadSet(deployment);
  const offer = await expectOffer(reads, { delegationId, agentId });
  const delegator = await expectSigningChain(deployment, offer.record.delegatorId, reads);
  await reads.needChains([agentId]);
  const stored = reads.chain(agentId);
  const { next, signer, ifVersion } = stored
    ? await extended(reads, stored, offer, delegator)
    : await derived(deployment, offer, delegator);
  const accepted: StatementDraft = {
    kind: 'delegation_accepted',
    body: { delegation_id: delegationId, agent_id: agentId },
  };
  return {
    next,
    plan: {
      drafts: [accepted, ...(stored ? supersession(deployment, stored, next) : [])],
      signer,
      writes: [{ op: 'accept_delegation', delegationId }, putChain(next, ifVersion)],
    },
  };
}

interface NextChain {
  readonly next: ParsedChain;
  readonly signer: Authority;
  readonly ifVersion: string | null;
}

async function extended(
  reads: ReadSet,
  { agentId }: StoredChain,
  { record }: ParsedDelegation,
  delegator: SigningChain,
): Promise<NextChain> {
  const { deployment } = reads;
  const { stored, evidence, authority } = await expectSigningChain(deployment, agentId, reads);
  const next = await foldDelegation(deployment, evidence, authority, record, delegator);
  // A chain can demand what the delegation lacks, and would give no right at all with it.
  const denial = await judgeChainDelegations(reads, next, false);
  if (denial) throw notAcceptable(agentId, record.id, denial);
  return { next, signer: authority, ifVersion: stored.version };
}

async function derived(
  deployment: Deployment,
  { record }: ParsedDelegation,
  delegator: SigningChain,
): Promise<NextChain> {
  const { authority } = delegator;
  const ifVersion = await expectEstablishable(deployment, record.delegateeId);
  const denial = judgeAuthority(deployment, authority, record.delegateeId, 'create_agents');
  if (denial?.code === 'AUTHORITY_NOT_TRUSTED' || denial?.code === 'AUTHORITY_NOT_PERMITTED') {
    throw new AuthorityError(denial.code, `No chain is derived for agent '${record.delegateeId}'`, {
      received: denial.reason,
      remedy: 'Establish the agent with an authority that speaks for it, then accept the delegation.',
      evidence: { ...denial.evidence, denial },
    });
  }
  return { next: await deriveChain(deployment, record, delegator), signer: authority, ifVersion };
}
