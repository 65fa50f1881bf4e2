import {
  type Authority,
  type CapabilityAttestation,
  type ChainRecords,
  type DelegationRecord,
  derivedCapabilityId,
  type TrustLineageChain,
} from '../chain/index.js';
import { InvalidTrustChainError, StoreError } from '../errors/index.js';
import { timestampToMillis } from '../wire/index.js';
import { capabilityCovers } from './capability-match.js';
import type { ChainEvidence } from './chain-evidence.js';
import { Unreadable } from './chain-evidence.js';
import { putChain, sealChain, signCapability, signGenesis } from './establish.js';
import type { Kernel } from './kernel.js';
import { chainToMintFrom, type MintingChain } from './mint-gate.js';

const MAX_ATTEMPTS = 20;

/** Writes a delegation into the delegatee's chain, or makes it a derived chain where it has none. */
export async function storeLasting(
  kernel: Kernel,
  record: DelegationRecord,
  delegator: MintingChain,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stored = await kernel.storedChain(record.delegateeId);
    if (stored && !stored.active) throw new InvalidTrustChainError(record.delegateeId, 'it is revoked');
    const next = stored?.active
      ? await extendChain(kernel, record, delegator)
      : await deriveChain(kernel, record, delegator);
    try {
      await kernel.store.commit([putChain(next, stored?.active ? stored.version : null)]);
      return;
    } catch (error) {
      // Somebody else changed the chain in between: read it again, so that neither change is lost.
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function extendChain(
  kernel: Kernel,
  record: DelegationRecord,
  delegator: MintingChain,
): Promise<ChainEvidence> {
  const { evidence, authority } = await chainToMintFrom(kernel, record.delegateeId);
  return foldDelegation(kernel, evidence, authority, record, delegator);
}

async function deriveChain(
  kernel: Kernel,
  record: DelegationRecord,
  delegator: MintingChain,
): Promise<ChainEvidence> {
  const { authority } = delegator;
  const metadata = { derived_from: record.delegatorId, delegation_id: record.id };
  const genesis = await signGenesis(
    kernel,
    authority,
    record.delegateeId,
    record.expiresAt ?? null,
    metadata,
  );
  const capabilities = await deriveCapabilities(kernel, record, delegator, []);
  return sealChain(kernel, authority, { genesis, capabilities, delegations: [record] });
}

/**
 * A chain with one more delegation: the record, signed capabilities that carry its limits, the envelope computed
 * anew, and the state signed again by the chain's own authority. The reference verifies the result at `full`.
 */
export async function foldDelegation(
  kernel: Kernel,
  delegatee: ChainEvidence,
  delegateeAuthority: Authority,
  record: DelegationRecord,
  delegator: MintingChain,
): Promise<ChainEvidence> {
  const { chain } = delegatee;
  const derived = await deriveCapabilities(kernel, record, delegator, chain.capabilities);
  const records: ChainRecords = {
    ...chain,
    capabilities: [...chain.capabilities, ...derived],
    delegations: [...chain.delegations, record],
  };
  return sealChain(kernel, delegateeAuthority, records);
}

async function deriveCapabilities(
  kernel: Kernel,
  record: DelegationRecord,
  { evidence, authority }: MintingChain,
  held: readonly CapabilityAttestation[],
): Promise<CapabilityAttestation[]> {
  const derived: CapabilityAttestation[] = [];
  for (const capability of new Set(record.capabilitiesDelegated)) {
    const isHeldFreely =
      record.constraintSubset.length === 0 && held.some((c) => c.capability === capability);
    if (isHeldFreely) continue;
    const source = evidence.chain.capabilities.find((c) => capabilityCovers(c.capability, capability));
    derived.push(
      await signCapability(kernel, authority, record.delegateeId, {
        id: derivedCapabilityId(record.id, capability),
        capability,
        capabilityType: source?.capabilityType ?? 'action',
        constraints: record.constraintSubset,
        scope: source?.scope ?? {},
        expiresAt: record.expiresAt ?? null,
      }),
    );
  }
  return derived;
}

/** The active chains that hold a delegation which `concerns` asks for. */
export async function chainsHolding(
  kernel: Kernel,
  concerns: (delegation: DelegationRecord) => boolean,
): Promise<ChainEvidence[]> {
  const holding: ChainEvidence[] = [];
  for (let afterAgentId: string | undefined; ; ) {
    const page = await kernel.store.listChains({ ...(afterAgentId && { afterAgentId }), limit: 500 });
    for (const stored of page) {
      const evidence = stored.active ? kernel.chainEvidence(stored) : undefined;
      if (evidence && !(evidence instanceof Unreadable) && evidence.chain.delegations.some(concerns))
        holding.push(evidence);
    }
    if (page.length < 500) return holding;
    afterAgentId = page.at(-1)?.agentId;
  }
}

/** Takes delegations out of a chain, with the capabilities that they gave, and signs its state again. */
export async function stripDelegations(
  kernel: Kernel,
  agentId: string,
  ids: ReadonlySet<string>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { stored, evidence } = await kernel.requireChain(agentId);
    const { chain } = evidence;
    const removed = chain.delegations.filter((d) => ids.has(d.id));
    if (removed.length === 0) return;
    const authority = await kernel.signingAuthority(chain.genesis.authorityId);
    const next = await sealChain(kernel, authority, {
      ...chain,
      capabilities: chain.capabilities.filter((c) => !removed.some((d) => gave(d, c, chain))),
      delegations: chain.delegations.filter((d) => !ids.has(d.id)),
    });
    if (next.chain.agentId !== agentId)
      throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
    try {
      await kernel.store.commit([putChain(next, stored.version)]);
      return;
    } catch (error) {
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * Whether a delegation gave a capability: by the id that we give it. The reference gives it a random one, so a
 * delegation of the reference is recognised by what it writes: its limits, its authority, the moment after its own.
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
