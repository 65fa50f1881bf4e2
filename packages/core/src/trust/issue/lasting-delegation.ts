import {
  type Authority,
  type CapabilityAttestation,
  type ChainRecords,
  type DelegationRecord,
  derivedCapabilityId,
} from '../../chain/index.js';
import { InvalidTrustChainError, StoreError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import { capabilityCovers } from '../verify/capability-match.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import { putChain, sealChain, signCapability, signGenesis } from './sign-chain.js';
import { expectSigningChain, type SigningChain } from './signing-gate.js';

const MAX_ATTEMPTS = 20;

/** Writes a delegation into the delegatee's chain, or creates a derived chain for a delegatee without one. */
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
      // Another process changed the chain meanwhile. It is read again, so that neither change is lost.
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
 * Returns a chain with one more delegation: with the record, signed capabilities that carry its limits, a new envelope,
 * and the state signed again by the chain's own authority. The reference verifies the result at `full`.
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
