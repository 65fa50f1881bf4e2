import type { TrustLineageChain } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { expectEnforceable, warnOfUnenforced } from './enforceable-labels.js';
import { parseReattestRequest, type ReattestRequest } from './reattest-request.js';
import { replaceChain } from './replace-chain.js';
import { attestAll, sealChain } from './sign-chain.js';
import { expectSigningChain } from './signing-gate.js';

/** Attests capabilities to an agent that has a chain: new ones, or old ones with other constraints. */
export async function reattest(deployment: Deployment, given: ReattestRequest): Promise<TrustLineageChain> {
  const { agentId, capabilities, constraints = [] } = parseReattestRequest(given);
  expectEnforceable(deployment, [...constraints, ...capabilities.flatMap((c) => c.constraints ?? [])]);
  const { stored, evidence, authority } = await expectSigningChain(deployment, agentId);
  const { chain } = evidence;
  const expiresAt = chain.genesis.expiresAt ?? null;
  const fresh = await attestAll(deployment, authority, agentId, capabilities, constraints, expiresAt);
  const replaced = new Set(fresh.map(({ capability }) => capability));
  const kept = chain.capabilities.filter(({ capability }) => !replaced.has(capability));
  const next = await sealChain(deployment, authority, { ...chain, capabilities: [...kept, ...fresh] }, chain);
  await replaceChain(deployment, stored, next, authority);
  warnOfUnenforced(deployment, agentId, next.labels);
  return next.chain;
}
