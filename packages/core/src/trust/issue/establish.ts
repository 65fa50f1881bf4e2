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
import {
  AgentAlreadyEstablishedError,
  AuthorityError,
  describe,
  InvalidArgumentError,
  StoreError,
} from '../../errors/index.js';
import { type JsonObject, type Timestamp, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { AGENT_ID_RULE, isAgentId, type ParsedCapability } from '../request-fields.js';
import { PROTOCOL_CAPABILITIES } from '../verify/capability-match.js';
import { ParsedChain } from '../verify/parsed-records.js';
import { expectEnforceable, warnOfUnenforced } from './enforceable-labels.js';
import {
  type EstablishRequest,
  type ParsedEstablishRequest,
  parseEstablishRequest,
} from './establish-request.js';

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
  const stored = await deployment.storedChain(request.agentId);
  if (stored?.active) throw new AgentAlreadyEstablishedError(request.agentId);
  const evidence = await buildChain(deployment, authority, request);
  try {
    await deployment.store.commit([putChain(evidence, null)]);
  } catch (error) {
    const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
    throw raced ? new AgentAlreadyEstablishedError(request.agentId) : error;
  }
  warnOfUnenforced(deployment, request.agentId, evidence.labels);
  return evidence.chain;
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

function withProtocolCapabilities(request: ParsedEstablishRequest): readonly ParsedCapability[] {
  if (request.protocolCapabilities === false) return request.capabilities;
  const names = new Set(request.capabilities.map(({ capability }) => capability));
  const missing = PROTOCOL_CAPABILITIES.filter((name) => !names.has(name));
  return [...request.capabilities, ...missing.map((capability) => ({ capability }))];
}

/** @throws InvalidArgumentError. */
export function expectAgentId(agentId: unknown): string {
  if (isAgentId(agentId)) return agentId;
  throw new InvalidArgumentError('This is not an agent id', {
    expected: AGENT_ID_RULE,
    received: describe(agentId),
    remedy: "Use an id such as 'agent-analyst'.",
  });
}

/** @throws InvalidArgumentError for a moment that is not in the future. */
export function expectFuture(deployment: Deployment, expiresAt: Timestamp | undefined): Timestamp | null {
  if (expiresAt === undefined) return null;
  if (timestampToMillis(expiresAt) > deployment.now()) return expiresAt;
  throw new InvalidArgumentError('`expiresAt` is in the past', {
    expected: `a moment after ${deployment.timestamp()}`,
    received: expiresAt,
    remedy: 'Pass a later moment, or omit `expiresAt` for trust that does not expire.',
  });
}

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

export const putChain = (evidence: ParsedChain, ifVersion: string | null) =>
  ({
    op: 'put_chain',
    agentId: evidence.chain.agentId,
    text: evidence.text,
    authorityId: evidence.chain.genesis.authorityId,
    expiresAt: evidence.chain.genesis.expiresAt ?? null,
    ifVersion,
  }) as const;
