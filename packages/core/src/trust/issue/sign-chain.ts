import {
  type Authority,
  type CapabilityAttestation,
  type ChainRecords,
  capabilityPreimage,
  computeEnvelope,
  type GenesisRecord,
  genesisPreimage,
  injectedConstraints,
  newId,
  SUBJECT_BOUND_PAYLOAD,
  TrustLineageChain,
} from '../../chain/index.js';
import type { JsonObject, Timestamp } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { ParsedCapability } from '../request-fields.js';
import { ParsedChain } from '../verify/parsed-records.js';

/** Signs one attestation for each capability, under its own constraints and the shared ones. */
export async function attestAll(
  deployment: Deployment,
  authority: Authority,
  agentId: string,
  capabilities: readonly ParsedCapability[],
  sharedConstraints: readonly string[],
  expiresAt: Timestamp | null,
): Promise<CapabilityAttestation[]> {
  const attested: CapabilityAttestation[] = [];
  for (const wanted of capabilities) {
    const { capability, capabilityType = 'action', constraints = [], scope = {} } = wanted;
    attested.push(
      await signCapability(deployment, authority, agentId, {
        capability,
        capabilityType,
        constraints: [...new Set([...constraints, ...sharedConstraints])],
        scope,
        expiresAt,
      }),
    );
  }
  return attested;
}

/** Signs the genesis record of a chain, in which an authority vouches for an agent. */
export async function signGenesis(
  deployment: Deployment,
  authority: Authority,
  agentId: string,
  expiresAt: Timestamp | null,
  metadata: JsonObject,
): Promise<GenesisRecord> {
  const genesis: GenesisRecord = {
    id: newId('gen'),
    agentId,
    authorityId: authority.id,
    authorityType: authority.authorityType,
    createdAt: deployment.timestamp(),
    expiresAt,
    signatureAlgorithm: 'Ed25519',
    metadata,
  };
  return { ...genesis, signature: await deployment.sign(genesisPreimage(genesis), authority) };
}

/** Signs the attestation of one capability, bound to its holder. */
export async function signCapability(
  deployment: Deployment,
  authority: Authority,
  subjectAgentId: string,
  content: Pick<
    CapabilityAttestation,
    'capability' | 'capabilityType' | 'constraints' | 'scope' | 'expiresAt'
  > & { id?: string },
): Promise<CapabilityAttestation> {
  const attestation: CapabilityAttestation = {
    ...content,
    id: content.id ?? newId('cap'),
    attesterId: authority.id,
    attestedAt: deployment.timestamp(),
    signingPayloadVersion: SUBJECT_BOUND_PAYLOAD,
  };
  return {
    ...attestation,
    signature: await deployment.sign(capabilityPreimage(attestation, subjectAgentId), authority),
  };
}

/**
 * Computes the envelope again and signs the chain's state with the authority of its genesis.
 *
 * @param previous - the chain that this one replaces, whose injected constraints stay in force.
 */
export async function sealChain(
  deployment: Deployment,
  authority: Authority,
  records: Pick<ChainRecords, 'genesis' | 'capabilities' | 'delegations' | 'unknownFields'>,
  previous?: ChainRecords,
): Promise<ParsedChain> {
  const { genesis, capabilities, delegations } = records;
  const kept = previous && injectedConstraints(previous);
  const constraintEnvelope = computeEnvelope(genesis, capabilities, delegations, kept);
  const unsealed = new TrustLineageChain({ ...records, constraintEnvelope });
  const chainStateSignature = await deployment.sign(unsealed.statePreimage(), authority);
  const chain = new TrustLineageChain({ ...unsealed, chainStateSignature });
  const text = chain.toText();
  return new ParsedChain(text, chain);
}

/** The write that stores a chain. @param ifVersion - the version that it replaces; null if there is none in force. */
export const putChain = (evidence: ParsedChain, ifVersion: string | null) =>
  ({
    op: 'put_chain',
    agentId: evidence.chain.agentId,
    text: evidence.text,
    authorityId: evidence.chain.genesis.authorityId,
    expiresAt: evidence.chain.genesis.expiresAt ?? null,
    ifVersion,
  }) as const;
