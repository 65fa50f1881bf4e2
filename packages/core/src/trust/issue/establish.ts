import type { Authority, TrustLineageChain } from '../../chain/index.js';
import {
  AgentAlreadyEstablishedError,
  AgentRevokedError,
  AuthorityError,
  StoreError,
} from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import type { ParsedCapability } from '../request-fields.js';
import { isForgivenChain } from '../statements/chain-in-force.js';
import { readInForce } from '../statements/read-in-force.js';
import { PROTOCOL_CAPABILITIES } from '../verify/capability-match.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import { expectEnforceable, warnOfUnenforced } from './enforceable-labels.js';
import {
  type EstablishRequest,
  type ParsedEstablishRequest,
  parseEstablishRequest,
} from './establish-request.js';
import { expectFuture } from './expect-future.js';
import { attestAll, putChain, sealChain, signGenesis } from './sign-chain.js';

/** Gives an agent its chain: genesis, attested capabilities, envelope, and a signature over the whole. */
export async function establish(deployment: Deployment, given: EstablishRequest): Promise<TrustLineageChain> {
  const request = parseEstablishRequest(given);
  const authority = await deployment.signingAuthority(request.authorityId);
  if (!authority.permissions.includes('create_agents')) {
    throw new AuthorityError('AUTHORITY_NOT_PERMITTED', `Authority '${authority.id}' may not create agents`, {
      expected: "the permission 'create_agents'",
      received: authority.permissions.join(', ') || 'no permissions',
      remedy: 'Use another authority, or grant it the permission.',
      evidence: { authorityId: authority.id },
    });
  }
  const ifVersion = await expectEstablishable(deployment, request.agentId);
  const evidence = await buildChain(deployment, authority, request);
  try {
    await deployment.store.commit([putChain(evidence, ifVersion)]);
  } catch (error) {
    const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
    throw raced ? new AgentAlreadyEstablishedError(request.agentId) : error;
  }
  warnOfUnenforced(deployment, request.agentId, evidence.labels);
  return evidence.chain;
}

/**
 * Checks that an agent can be given a chain: it has none, or one that ended and whose agent was reinstated since.
 *
 * @returns the version of the row to replace; null if there is no active one.
 * @throws AgentAlreadyEstablishedError, AgentRevokedError.
 */
export async function expectEstablishable(deployment: Deployment, agentId: string): Promise<string | null> {
  const { rows, chains } = await readInForce(deployment, { chains: [agentId] });
  const [row] = rows;
  const { state } = deployment.statements;
  const revoked = state.revokedAgent(agentId);
  if (revoked) throw new AgentRevokedError(agentId, revoked.reason);
  if (!row) return null;
  if (chains[0]?.active) throw new AgentAlreadyEstablishedError(agentId);
  if (!isForgivenChain(row, state, deployment.chains))
    throw new AgentRevokedError(agentId, 'its chain was ended in the store');
  // A row that was made active again is replaced like an inactive one.
  return row.active ? row.version : null;
}

/** Makes and signs a chain without storing it. */
export async function buildChain(
  deployment: Deployment,
  authority: Authority,
  request: ParsedEstablishRequest,
): Promise<ParsedChain> {
  const { agentId, metadata = {}, constraints = [] } = request;
  const expiresAt = expectFuture(deployment, request.expiresAt);
  expectEnforceable(deployment, [
    ...((metadata.constraints ?? []) as readonly string[]),
    ...constraints,
    ...request.capabilities.flatMap((capability) => capability.constraints ?? []),
  ]);
  const genesis = await signGenesis(deployment, authority, agentId, expiresAt, metadata);
  const capabilities = await attestAll(
    deployment,
    authority,
    agentId,
    withProtocolCapabilities(request),
    constraints,
    expiresAt,
  );
  return sealChain(deployment, authority, { genesis, capabilities, delegations: [] });
}

function withProtocolCapabilities(request: ParsedEstablishRequest): readonly ParsedCapability[] {
  if (request.protocolCapabilities === false) return request.capabilities;
  const names = new Set(request.capabilities.map(({ capability }) => capability));
  const missing = PROTOCOL_CAPABILITIES.filter((name) => !names.has(name));
  return [...request.capabilities, ...missing.map((capability) => ({ capability }))];
}
