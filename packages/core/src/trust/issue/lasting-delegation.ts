import {
  type Authority,
  type CapabilityAttestation,
  type ChainRecords,
  type DelegationRecord,
  delegationSigningText,
  derivedCapabilityId,
} from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { keysOf } from '../statements/believed-view.js';
import { isSignedBy } from '../statements/statement.js';
import { capabilityCovers } from '../verify/capability-match.js';
import { isSigned } from '../verify/chain-signatures.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import { sealChain, signCapability, signGenesis } from './sign-chain.js';
import type { SigningChain } from './signing-gate.js';

/** Makes a chain for a delegatee without one: what the delegation gives, and nothing else. */
export async function deriveChain(
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
  const renewed = await withCurrentSignature(deployment, record, delegator.authority);
  const derived = await deriveCapabilities(deployment, record, delegator, chain.capabilities);
  const records: ChainRecords = {
    ...chain,
    capabilities: [...chain.capabilities, ...derived],
    delegations: [...chain.delegations, renewed],
  };
  return sealChain(deployment, delegateeAuthority, records, chain);
}

/** A verifier elsewhere knows only the current key of an authority. */
async function withCurrentSignature(
  deployment: Deployment,
  record: DelegationRecord,
  authority: Authority,
): Promise<DelegationRecord> {
  if (keysOf(authority).length === 1) return record;
  const text = delegationSigningText(record);
  const isByEarlierKey =
    !isSignedBy(text, record.signature ?? '', authority.publicKey) &&
    isSigned(text, record.signature, authority);
  return isByEarlierKey ? { ...record, signature: await deployment.sign(text, authority) } : record;
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
