import {
  type Authority,
  CAPABILITY_TYPES,
  type CapabilityAttestation,
  type CapabilityType,
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
import {
  formatTimestamp,
  type JsonObject,
  TIMESTAMP_PATTERN,
  type Timestamp,
  timestampToMillis,
  toJsonObject,
} from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { expectCapabilityName, PROTOCOL_CAPABILITIES } from '../verify/capability-match.js';
import { ParsedChain } from '../verify/parsed-records.js';

/** A capability to attest (plan: `CapabilityRequest`). */
export interface CapabilityRequest {
  readonly capability: string;
  /** Default: `action`. */
  readonly capabilityType?: CapabilityType;
  readonly constraints?: readonly string[];
  readonly scope?: object;
}

export interface EstablishRequest {
  readonly agentId: string;
  readonly authorityId: string;
  readonly capabilities: readonly (string | CapabilityRequest)[];
  /** Added to the constraints of every capability. */
  readonly constraints?: readonly string[];
  /** Signed with the genesis record. */
  readonly metadata?: object;
  /** When the whole chain ends. Default: never. */
  readonly expiresAt?: Date | Timestamp;
  /**
   * Whether `orchestration_participation` and `execute` are attested as well, which an agent needs to take part in
   * an orchestration. Default: true.
   */
  readonly protocolCapabilities?: boolean;
}

/** Gives an agent its chain: genesis, attested capabilities, envelope, and a signature over the whole. */
export async function establish(
  deployment: Deployment,
  request: EstablishRequest,
): Promise<TrustLineageChain> {
  expectAgentId(request.agentId);
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
  return evidence.chain;
}

/** Makes and signs a chain without storing it. */
export async function buildChain(
  deployment: Deployment,
  authority: Authority,
  request: EstablishRequest,
): Promise<ParsedChain> {
  const expiresAt = parseExpiry(deployment, request.expiresAt);
  const metadata = toJsonObject(request.metadata ?? {}, 'metadata');
  // The reference reads these as limits; anything but a list of labels it would misread or fail on.
  if (metadata.constraints !== undefined) expectLabels(metadata.constraints as readonly string[]);
  const genesis = await signGenesis(deployment, authority, request.agentId, expiresAt, metadata);
  const capabilities: CapabilityAttestation[] = [];
  for (const capability of requestedCapabilities(request)) {
    capabilities.push(
      await signCapability(deployment, authority, request.agentId, {
        capability: capability.capability,
        capabilityType: capability.capabilityType ?? 'action',
        constraints: [...new Set([...(capability.constraints ?? []), ...(request.constraints ?? [])])],
        scope: toJsonObject(capability.scope ?? {}, 'scope'),
        expiresAt,
      }),
    );
  }
  return sealChain(deployment, authority, { genesis, capabilities, delegations: [] });
}

function requestedCapabilities(request: EstablishRequest): CapabilityRequest[] {
  const asked = parseCapabilities(request.capabilities);
  const names = new Set(asked.map((c) => c.capability));
  const missing =
    request.protocolCapabilities === false ? [] : PROTOCOL_CAPABILITIES.filter((name) => !names.has(name));
  expectLabels(request.constraints ?? []);
  return [...asked, ...missing.map((capability) => ({ capability }))];
}

/** @throws InvalidArgumentError unless all are names or capability requests. */
export function parseCapabilities(
  capabilities: readonly (string | CapabilityRequest)[],
): CapabilityRequest[] {
  if (!Array.isArray(capabilities)) {
    throw new InvalidArgumentError('`capabilities` must be a list', {
      expected: "an array, for instance ['analyze_data']",
      received: describe(capabilities),
      remedy: 'Pass an array of names or capability requests.',
    });
  }
  return capabilities.map((c) => checkCapability(typeof c === 'string' ? { capability: c } : c));
}

function checkCapability(request: CapabilityRequest): CapabilityRequest {
  expectCapabilityName(request?.capability);
  expectLabels(request.constraints ?? []);
  if (request.capabilityType !== undefined && !CAPABILITY_TYPES.includes(request.capabilityType)) {
    throw new InvalidArgumentError(`Capability '${request.capability}' has no valid type`, {
      expected: CAPABILITY_TYPES.join(', '),
      received: describe(request.capabilityType),
      remedy: "Leave it out for 'action'.",
    });
  }
  return request;
}

export function expectLabels(labels: readonly string[]): readonly string[] {
  if (Array.isArray(labels) && labels.every((label) => typeof label === 'string' && label.length > 0))
    return labels;
  throw new InvalidArgumentError('Constraints must be a list of labels', {
    expected: "an array of strings, for instance ['read_only']",
    received: describe(labels),
    remedy: 'Write each constraint as one label.',
  });
}

export function expectAgentId(agentId: unknown): string {
  if (typeof agentId === 'string' && /^[^\s\p{Cc}]{1,256}$/u.test(agentId)) return agentId;
  throw new InvalidArgumentError('This is not an agent id', {
    expected: 'a name of 1 to 256 characters without white space',
    received: describe(agentId),
    remedy: "Use an id such as 'agent-analyst'.",
  });
}

/** @throws InvalidArgumentError for what is no moment, or is past. */
export function parseExpiry(
  deployment: Deployment,
  expiresAt: Date | Timestamp | null | undefined,
): Timestamp | null {
  if (expiresAt === undefined || expiresAt === null) return null;
  const isDate = expiresAt instanceof Date && !Number.isNaN(expiresAt.getTime());
  const timestamp = isDate ? formatTimestamp(expiresAt) : expiresAt;
  if (typeof timestamp === 'string' && TIMESTAMP_PATTERN.test(timestamp) && !timestamp.endsWith('Z')) {
    if (timestampToMillis(timestamp) > deployment.now()) return timestamp;
  }
  throw new InvalidArgumentError('This is not a time to expire at', {
    expected: 'a future Date, or a timestamp such as 2030-01-02T03:04:05+00:00',
    received: describe(timestamp),
    remedy: 'Pass a Date.',
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
