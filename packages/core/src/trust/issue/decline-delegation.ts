import { redactedText } from '../../secrets/redact-hook.js';
import { SharedTrail } from '../audit/shared-trail.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { commitStatements, statementSigner } from '../statements/append-statements.js';
import { judgeEntry } from '../verify/delegation-link.js';
import { ParsedDelegation } from '../verify/parsed-records.js';
import { expectEntryFor, notAcceptable } from './expect-offer.js';
import { type DeclineDelegationRequest, parseDeclineDelegation } from './offer-request.js';
import { authorityOf, ended, revocationRows } from './state-revocations.js';

/** Ends an offered delegation that its delegatee does not want. */
export async function declineDelegation(
  deployment: Deployment,
  given: DeclineDelegationRequest,
): Promise<void> {
  const { reason: why, ...request } = parseDeclineDelegation(given);
  const { delegationId, agentId } = request;
  const reason = redactedText(why, deployment.settings.redact);
  let recorder = agentId;
  await commitStatements(deployment, async () => {
    const reads = new ReadSet(deployment);
    const entry = await expectEntryFor(reads, request);
    const offered = judgeEntry(reads, entry, 'offered');
    if (!(offered instanceof ParsedDelegation)) throw notAcceptable(agentId, delegationId, offered);
    const stored = await deployment.storedChain(agentId);
    if (!stored) recorder = entry.delegatorId;
    const drafts = [ended(delegationId, `agent ${agentId} declined it: ${reason}`)];
    return {
      drafts,
      signer: await statementSigner(
        deployment,
        `decline delegation '${delegationId}'`,
        (authority) => !authority.revokedKeys.has(authority.publicKey),
        stored ? authorityOf(deployment, stored) : [],
      ),
      writes: revocationRows(deployment, drafts),
    };
  });
  await new SharedTrail(deployment).append({
    agentId: recorder,
    action: 'decline_delegation',
    resource: delegationId,
    result: 'success',
    context: { reason },
  });
}
