import {
  type Authority,
  type CapabilityAttestation,
  type ChainRecords,
  type DelegationRecord,
  derivedCapabilityId,
  type TrustLineageChain,
} from '../../chain/index.js';
import { InvalidTrustChainError, StoreError } from '../../errors/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { capabilityCovers } from '../verify/capability-match.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import { Unreadable } from '../verify/parsed-records.js';
import { putChain, sealChain, signCapability, signGenesis } from './establish.js';
import { expectSigningChain, type SigningChain } from './signing-gate.js';

const MAX_ATTEMPTS = 20;

/** Writes a delegation into the delegatee's chain, or makes it a derived chain where it has none. */
export async function storeLasting(
  deployment: Deployment,
  record: DelegationRecord,
  delegator: SigningChain,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stored = await deployment.storedChain(record.delegateeId);
    if (stored && !stored.active) throw new InvalidTrustChainError(record.delegateeId, 'it is revoked');
    const next = stored?.active
      ? await extendChain(deployment, record, delegator)
      : await deriveChain(deployment, record, delegator);
    try {
      await deployment.store.commit([putChain(next, stored?.active ? stored.version : null)]);
      return;
    } catch (error) {
      // Somebody else changed the chain in between: read it again, so that neither change is lost.
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function extendChain(
  deployment: Deployment,
  record: DelegationRecord,
  delegator: SigningChain,
): Promise<ParsedChain> {
  const { evidence, authority } = await expectSigningChain(deployment, record.delegateeId);
  return foldDelegation(deployment, evidence, authority, record, delegator);
}

async function deriveChain(
  deployment: Deployment,
  record: DelegationRecord,
  delegator: SigningChain,
): Promise<ParsedChain> {
  const { authority } = delegator;
  const metadata = { derived_from: record.delegatorId, delegation_id: record.id };
  const genesis = await signGenesis(
    deployment,
    authority,
    record.delegateeId,
    record.expiresAt ?? null,
    metadata,
  );
  const capabilities = await deriveCapabilities(deployment, record, delegator, []);
  return sealChain(deployment, authority, { genesis, capabilities, delegations: [record] });
}

/**
 * A chain with one more delegation: the record, signed capabilities that carry its limits, the envelope computed
 * anew, and the state signed again by the chain's own authority. The reference verifies the result at `full`.
 */
export async function foldDelegation(
  deployment: Deployment,
  delegatee: ParsedChain,
  delegateeAuthority: Authority,
  record: DelegationRecord,
  delegator: SigningChain,
): Promise<ParsedChain> {
  const { chain } = delegatee;
  const derived = await deriveCapabilities(deployment, record, delegator, chain.capabilities);
  const records: ChainRecords = {
    ...chain,
    capabilities: [...chain.capabilities, ...derived],
    delegations: [...chain.delegations, record],
  };
  return sealChain(deployment, delegateeAuthority, records, chain);
}

async function deriveCapabilities(
  deployment: Deployment,
  record: DelegationRecord,
  { evidence, authority }: SigningChain,
  held: readonly CapabilityAttestation[],
): Promise<CapabilityAttestation[]> {
  const derived: CapabilityAttestation[] = [];
  for (const capability of new Set(record.capabilitiesDelegated)) {
    const isHeldFreely =
      record.constraintSubset.length === 0 && held.some((c) => c.capability === capability);
    if (isHeldFreely) continue;
    const source = evidence.chain.capabilities.find((c) => capabilityCovers(c.capability, capability));
    derived.push(
      await signCapability(deployment, authority, record.delegateeId, {
        id: derivedCapabilityId(record.id, capability),
        capability,
        capabilityType: source?.capabilityType ?? 'action',
        constraints: record.constraintSubset,
        scope: source ? (source.scope ?? null) : {},
        expiresAt: record.expiresAt ?? null,
      }),
    );
  }
  return derived;
}

/** The active chains that hold a delegation which `concerns` asks for. */
export async function chainsHolding(
  deployment: Deployment,
  concerns: (delegation: DelegationRecord) => boolean,
): Promise<ParsedChain[]> {
  const holding: ParsedChain[] = [];
  for (let afterAgentId: string | undefined; ; ) {
    const page = await deployment.store.listChains({ ...(afterAgentId && { afterAgentId }), limit: 500 });
    for (const stored of page) {
      const evidence = stored.active ? deployment.chainEvidence(stored) : undefined;
      if (evidence && !(evidence instanceof Unreadable) && evidence.chain.delegations.some(concerns))
        holding.push(evidence);
    }
    if (page.length < 500) return holding;
    afterAgentId = page.at(-1)?.agentId;
  }
}

/** Takes delegations out of a chain, with the capabilities that they gave, and signs its state again. */
export async function stripDelegations(
  deployment: Deployment,
  agentId: string,
  ids: ReadonlySet<string>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { stored, evidence } = await deployment.requireChain(agentId);
    const { chain } = evidence;
    const removed = chain.delegations.filter((d) => ids.has(d.id));
    if (removed.length === 0) return;
    const authority = await deployment.signingAuthority(chain.genesis.authorityId);
    const kept: ChainRecords = {
      ...chain,
      capabilities: chain.capabilities.filter((c) => !removed.some((d) => gave(d, c, chain))),
      delegations: chain.delegations.filter((d) => !ids.has(d.id)),
    };
    const next = await sealChain(deployment, authority, kept, chain);
    if (next.chain.agentId !== agentId)
      throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
    try {
      await deployment.store.commit([putChain(next, stored.version)]);
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
