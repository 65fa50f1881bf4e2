import type { CapabilityAttestation, TrustLineageChain } from '../chain/index.js';
import { toJsonObject } from '../wire/index.js';
import {
  type CapabilityRequest,
  checkCapabilities,
  checkLabels,
  putChain,
  sealChain,
  signCapability,
} from './establish.js';
import type { Kernel } from './kernel.js';
import { chainToMintFrom } from './mint-gate.js';

export interface ReattestRequest {
  readonly agentId: string;
  /** Each replaces the attestations of the same name; others stay. */
  readonly capabilities: readonly (string | CapabilityRequest)[];
  readonly constraints?: readonly string[];
}

/** Attests capabilities to an agent that has a chain: new ones, or old ones with other constraints. */
export async function reattest(kernel: Kernel, request: ReattestRequest): Promise<TrustLineageChain> {
  const asked = checkCapabilities(request.capabilities);
  const { stored, evidence, authority } = await chainToMintFrom(kernel, request.agentId);
  const { chain } = evidence;
  const shared = checkLabels(request.constraints ?? []);
  const fresh: CapabilityAttestation[] = [];
  for (const wanted of asked) {
    fresh.push(
      await signCapability(kernel, authority, request.agentId, {
        capability: wanted.capability,
        capabilityType: wanted.capabilityType ?? 'action',
        constraints: [...new Set([...(wanted.constraints ?? []), ...shared])],
        scope: toJsonObject(wanted.scope ?? {}, 'scope'),
        expiresAt: chain.genesis.expiresAt ?? null,
      }),
    );
  }
  const replaced = new Set(fresh.map((capability) => capability.capability));
  const next = await sealChain(kernel, authority, {
    ...chain,
    capabilities: [...chain.capabilities.filter((c) => !replaced.has(c.capability)), ...fresh],
  });
  await kernel.store.commit([putChain(next, stored.version)]);
  return next.chain;
}
