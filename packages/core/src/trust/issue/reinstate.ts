import * as z from 'zod';
import { AgentAlreadyEstablishedError, TrustChainNotFoundError } from '../../errors/index.js';
import { redactedText } from '../../secrets/redact-hook.js';
import { parseOptions, textField } from '../../wire/index.js';
import { SharedTrail } from '../audit/shared-trail.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { agentIdField } from '../request-fields.js';
import { commitStatements, statementSigner } from '../statements/append-statements.js';
import { speaksFor } from '../statements/believed-authority.js';
import { authorityOf } from './state-revocations.js';

/** An agent that was revoked and can be established again from now on. */
export interface ReinstateRequest {
  /** The id of the agent. */
  readonly agentId: string;
  /** The reason; it is signed and recorded. */
  readonly reason: string;
}

/** The schema of {@link ReinstateRequest}. */
export const reinstateRequest = z.strictObject({
  agentId: agentIdField,
  reason: textField.refine((reason) => reason.trim().length > 0, 'a string that says why'),
});

/** States that a revoked agent can be given a new chain. Its old chains and delegations stay ended. */
export async function reinstate(deployment: Deployment, given: ReinstateRequest): Promise<void> {
  const { agentId, reason: why } = parseOptions(reinstateRequest, given, 'reinstate()');
  const reason = redactedText(why, deployment.settings.redact);
  const reads = new ReadSet(deployment);
  await reads.needChains([agentId]);
  const stored = reads.chain(agentId);
  const revoked = deployment.statements.state.revokedAgent(agentId);
  if (!stored && !revoked) throw new TrustChainNotFoundError(agentId);
  if (stored?.active) throw new AgentAlreadyEstablishedError(agentId);
  const chainHash = stored ? deployment.endHashOf(stored) : null;
  await commitStatements(deployment, async () => ({
    drafts: [{ kind: 'agent_reinstated', body: { agent_id: agentId, reason, chain_hash: chainHash } }],
    signer: await statementSigner(
      deployment,
      `reinstate agent '${agentId}'`,
      (authority) =>
        authority.isActive &&
        speaksFor(authority, agentId) &&
        authority.permissions.includes('create_agents') &&
        !authority.revokedKeys.has(authority.publicKey),
      stored ? authorityOf(deployment, stored) : [],
    ),
  }));
  // The chain that has ended signs the record of its end; by now the agent has none.
  await new SharedTrail(deployment).append(
    { agentId, action: 'reinstate_agent', resource: agentId, result: 'success', context: { reason } },
    { reads },
  );
}
