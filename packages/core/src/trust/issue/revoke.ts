import { type AuditAnchor, carriedBinding, type DelegationRecord } from '../../chain/index.js';
import { DelegationError, TrustChainNotFoundError } from '../../errors/index.js';
import { redactedText } from '../../secrets/redact-hook.js';
import type { DelegationFilter, LedgerEntry, StoredChain, StoreWrite } from '../../store/index.js';
import { jsonMember } from '../../wire/index.js';
import { recorderOf } from '../audit/recorder.js';
import { SharedTrail } from '../audit/shared-trail.js';
import type { Deployment } from '../deployment.js';
import { pseudonymOf } from '../persons.js';
import type { StatementDraft } from '../statements/statement.js';
import { type ParsedRevokeRequest, parseRevokeRequest, type RevokeRequest } from './revoke-request.js';
import { authorityOf, ended, stateRevocations } from './state-revocations.js';
import { chainsHolding, stripDelegations } from './strip-delegations.js';

/** The outcome of a revocation. */
export interface RevocationReport {
  /** Agents whose chains were in force until then. */
  readonly agents: readonly string[];
  /** Delegations that ended, in chains and in the ledger. */
  readonly delegations: readonly string[];
}

/**
 * Withdraws authority, and everything that was delegated because of it. Delegations of a task need no separate cascade:
 * each check walks up to the first delegation, so a revoked one ends all below it.
 */
export async function revoke(deployment: Deployment, given: RevokeRequest): Promise<RevocationReport> {
  const parsed = parseRevokeRequest(given);
  const request = { ...parsed, reason: redactedText(parsed.reason, deployment.settings.redact) };
  const done = {
    agents: new Set<string>(),
    delegations: new Set<string>(),
    visited: new Set<string>(),
  };
  if (request.agentId !== undefined) await revokeAgent(deployment, request.agentId, request, done);
  else if (request.delegationId !== undefined)
    await revokeDelegation(deployment, request.delegationId, request, done);
  else await revokePerson(deployment, request.humanId as string, request, done);
  return { agents: [...done.agents], delegations: [...done.delegations] };
}

type Done = { agents: Set<string>; delegations: Set<string>; visited: Set<string> };

async function revokeAgent(
  deployment: Deployment,
  agentId: string,
  request: ParsedRevokeRequest,
  done: Done,
): Promise<void> {
  if (done.visited.has(agentId)) return;
  done.visited.add(agentId);
  const stored = await deployment.storedChain(agentId);
  if (!stored) throw new TrustChainNotFoundError(agentId);
  // Also ends the delegations to the agent: they must not become valid again if it is established again.
  const given = [
    ...(await openDelegations(deployment, { delegatorId: agentId })),
    ...(await openDelegations(deployment, { delegateeId: agentId })),
  ];
  // The first revocation stays the one that counts, with its reason; a second one ends what was left over.
  const isRevoked = !stored.active && deployment.statements.state.revokedAgent(agentId) !== undefined;
  await endAgent(deployment, stored, given, isRevoked ? undefined : request.reason);
  if (!isRevoked) done.agents.add(agentId);
  for (const entry of given) done.delegations.add(entry.delegationId);
  if (request.cascade === false) return;
  await cascade(deployment, (delegation) => delegation.delegatorId === agentId, request, done);
}

/** @param reason - undefined if the agent was revoked before. */
async function endAgent(
  deployment: Deployment,
  stored: StoredChain,
  given: readonly LedgerEntry[],
  reason: string | undefined,
): Promise<void> {
  const { agentId } = stored;
  const why = `agent ${agentId} was revoked${reason === undefined ? '' : `: ${reason}`}`;
  const ends = given.map((entry) => ended(entry.delegationId, why));
  const chainHash = deployment.endHashOf(stored);
  const drafts: StatementDraft[] =
    reason === undefined
      ? ends
      : [{ kind: 'agent_revoked', body: { agent_id: agentId, reason, chain_hash: chainHash } }, ...ends];
  const write: StoreWrite = { op: 'deactivate_chain', agentId, at: deployment.timestamp() };
  // A row that was made active in the database is set back even if there is nothing left to state.
  if (drafts.length === 0) return deployment.store.commit([write]);
  await stateRevocations(deployment, drafts, authorityOf(deployment, stored), [write]);
  if (reason !== undefined) await record(deployment, agentId, 'revoke_agent', reason, agentId);
}

/** The delegations in the ledger that a revocation ends: those in force, and those that are offered. */
async function openDelegations(deployment: Deployment, filter: DelegationFilter): Promise<LedgerEntry[]> {
  const { store } = deployment;
  return [
    ...(await store.findDelegations({ ...filter, status: 'in_force' })),
    ...(await store.findDelegations({ ...filter, status: 'offered' })),
  ];
}

async function revokeDelegation(
  deployment: Deployment,
  delegationId: string,
  request: ParsedRevokeRequest,
  done: Done,
): Promise<void> {
  const [entry] = await deployment.store.readDelegationPath(delegationId);
  const holders = await chainsHolding(deployment, (delegation) => delegation.id === delegationId);
  if (!entry && holders.length === 0) {
    throw new DelegationError('DELEGATION_NOT_FOUND', `There is no delegation '${delegationId}'`, {
      remedy: 'Check the id: result.delegations and the chains list the delegations.',
      evidence: { delegationId },
    });
  }
  done.delegations.add(delegationId);
  await stateRevocations(deployment, [ended(delegationId, request.reason)]);
  const delegatorId =
    entry?.delegatorId ?? holders[0]?.chain.delegations.find((d) => d.id === delegationId)?.delegatorId;
  await record(deployment, delegatorId as string, 'revoke_delegation', request.reason, delegationId);
  await cascade(deployment, (delegation) => delegation.id === delegationId, request, done);
}

async function revokePerson(
  deployment: Deployment,
  humanId: string,
  request: ParsedRevokeRequest,
  done: Done,
): Promise<void> {
  const person = await pseudonymOf(deployment, humanId);
  const recorder = await recorderOf(deployment, 'the revocation of a person concerns no single agent');
  const inForce = await openDelegations(deployment, { person });
  await stateRevocations(deployment, [{ kind: 'person_revoked', body: { person, reason: request.reason } }]);
  for (const entry of inForce) done.delegations.add(entry.delegationId);
  await record(deployment, recorder, 'revoke_person', request.reason, person);
  // The reference lets a person delegate as an agent of this name.
  const pseudoAgent = `pseudo:${humanId}`;
  const isTheirs = (d: DelegationRecord): boolean =>
    d.delegatorId === pseudoAgent ||
    d.humanOrigin?.humanId === humanId ||
    carriedBinding(d)?.person === person;
  await cascade(deployment, isTheirs, request, done);
}

/**
 * Ends the rights that lasting delegations gave: a chain derived from one is revoked, and any other chain loses the
 * delegation.
 */
async function cascade(
  deployment: Deployment,
  concerns: Parameters<typeof chainsHolding>[1],
  request: ParsedRevokeRequest,
  done: Done,
): Promise<void> {
  for (const { chain } of await chainsHolding(deployment, concerns)) {
    const ids = chain.delegations.filter(concerns).map((delegation) => delegation.id);
    for (const id of ids) done.delegations.add(id);
    await stateRevocations(
      deployment,
      ids.map((id) => ended(id, request.reason)),
    );
    const derivedFrom = jsonMember(chain.genesis.metadata, 'delegation_id');
    if (typeof derivedFrom === 'string' && ids.includes(derivedFrom)) {
      await revokeAgent(deployment, chain.agentId, request, done);
    } else {
      await stripDelegations(deployment, chain.agentId, new Set(ids));
      await endWhatRestedOn(deployment, chain.agentId, request, done);
    }
  }
}

/** Ends the lasting delegations that an agent made and could no longer make. */
async function endWhatRestedOn(
  deployment: Deployment,
  agentId: string,
  request: ParsedRevokeRequest,
  done: Done,
): Promise<void> {
  const { evidence } = await deployment.requireChain(agentId);
  const cannotGive = (delegation: DelegationRecord): boolean =>
    delegation.delegatorId === agentId &&
    delegation.capabilitiesDelegated.some((name) => !evidence.matchCapability(name, deployment.now()));
  await cascade(deployment, cannotGive, request, done);
}

function record(
  deployment: Deployment,
  agentId: string,
  action: string,
  reason: string,
  resource: string,
): Promise<AuditAnchor> {
  return new SharedTrail(deployment).append({
    agentId,
    action,
    resource,
    result: 'success',
    context: { reason },
  });
}
