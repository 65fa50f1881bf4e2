import {
  type CapabilityAttestation,
  type ChainRecords,
  type DelegationRecord,
  derivedCapabilityId,
  type TrustLineageChain,
} from '../../chain/index.js';
import { StoreError } from '../../errors/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeSignatures } from '../verify/chain-signatures.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { replaceChain } from './replace-chain.js';
import { sealChain } from './sign-chain.js';

const MAX_ATTEMPTS = 20;

/** Finds the active chains that hold a delegation for which `concerns` returns true. */
export async function chainsHolding(
  deployment: Deployment,
  concerns: (delegation: DelegationRecord) => boolean,
): Promise<ParsedChain[]> {
  const holding: ParsedChain[] = [];
  for (let afterAgentId: string | undefined; ; ) {
    const page = await deployment.store.listChains({ ...(afterAgentId && { afterAgentId }), limit: 500 });
    for (const row of page) {
      // One that was replaced since the page was read holds what the page says, or more.
      const stored = deployment.inForce(row) === row ? row : await deployment.storedChain(row.agentId);
      const evidence = stored?.active ? deployment.chainEvidence(stored) : undefined;
      if (!evidence || evidence instanceof Unreadable || evidence.chain.agentId !== row.agentId) continue;
      if (evidence.chain.delegations.some(concerns)) holding.push(evidence);
    }
    if (page.length < 500) return holding;
    afterAgentId = page.at(-1)?.agentId;
  }
}

/**
 * Removes delegations from a chain, with the capabilities that they gave, and signs its state again. A chain whose own
 * signatures are invalid stays as it is: it gives no rights, and signing it would make what was changed in it valid.
 */
export async function stripDelegations(
  deployment: Deployment,
  agentId: string,
  ids: ReadonlySet<string>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { stored, evidence } = await deployment.requireChain(agentId);
    const { chain } = evidence;
    const removed = chain.delegations.filter((d) => ids.has(d.id));
    if (removed.length === 0 || chain.agentId !== agentId) return;
    if (await judgeSignatures(new ReadSet(deployment), evidence)) return;
    const authority = await deployment.signingAuthority(chain.genesis.authorityId);
    const kept: ChainRecords = {
      ...chain,
      capabilities: chain.capabilities.filter((c) => !removed.some((d) => gave(d, c, chain))),
      delegations: chain.delegations.filter((d) => !ids.has(d.id)),
    };
    const next = await sealChain(deployment, authority, kept, chain);
    try {
      await replaceChain(deployment, stored, next, authority);
      return;
    } catch (error) {
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * Whether a delegation gave a capability. Ours derive the capability's id from the delegation's. The reference uses a
 * random id, so its capabilities are recognised by their name and constraints, and by the moment right after the
 * delegation.
 */
function gave(
  delegation: DelegationRecord,
  capability: CapabilityAttestation,
  chain: TrustLineageChain,
): boolean {
  const ours = delegation.capabilitiesDelegated.map((name) => derivedCapabilityId(delegation.id, name));
  if (chain.capabilities.some((c) => ours.includes(c.id))) return ours.includes(capability.id);
  const after = timestampToMillis(capability.attestedAt) - timestampToMillis(delegation.delegatedAt);
  return (
    delegation.constraintSubset.length > 0 &&
    delegation.capabilitiesDelegated.includes(capability.capability) &&
    delegation.constraintSubset.join('\n') === capability.constraints.join('\n') &&
    after >= 0 &&
    after < 1000
  );
}
