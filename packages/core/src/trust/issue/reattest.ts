import type { CapabilityAttestation, TrustLineageChain } from '../../chain/index.js';
import { toJsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import {
  type CapabilityRequest,
  expectLabels,
  parseCapabilities,
  putChain,
  sealChain,
  signCapability,
} from './establish.js';
import { expectSigningChain } from './signing-gate.js';

export interface ReattestRequest {
  readonly agentId: string;
  /** Each replaces the attestations of the same name; others stay. */
  readonly capabilities: readonly (string | CapabilityRequest)[];
  readonly constraints?: readonly string[];
}

/** Attests capabilities to an agent that has a chain: new ones, or old ones with other constraints. */
export async function reattest(deployment: Deployment, request: ReattestRequest): Promise<TrustLineageChain> {
  const asked = parseCapabilities(request.capabilities);
  const { stored, evidence, authority } = await expectSigningChain(deployment, request.agentId);
  const { chain } = evidence;
  const shared = expectLabels(request.constraints ?? []);
  const fresh: CapabilityAttestation[] = [];
  for (const wanted of asked) {
    fresh.push(
      await signCapability(deployment, authority, request.agentId, {
        capability: wanted.capability,
        capabilityType: wanted.capabilityType ?? 'action',
        constraints: [...new Set([...(wanted.constraints ?? []), ...shared])],
        scope: toJsonObject(wanted.scope ?? {}, 'scope'),
        expiresAt: chain.genesis.expiresAt ?? null,
      }),
    );
  }
  const replaced = new Set(fresh.map((capability) => capability.capability));
  const capabilities = [...chain.capabilities.filter((c) => !replaced.has(c.capability)), ...fresh];
  const next = await sealChain(deployment, authority, { ...chain, capabilities }, chain);
  await deployment.store.commit([putChain(next, stored.version)]);
  return next.chain;
}
