import {
  type CapabilityAttestation,
  canonicalJson,
  capabilityPreimage,
  genesisConstraints,
  genesisPreimage,
  type JsonObject,
  pythonStr,
  TrustLineageChain,
  timestampToMillis,
  verifySignature,
} from '@kaizen-eatp/core';

const WRITING = ['write', 'update', 'delete', 'create', 'modify'];

/** What the reference looks at when it judges a chain. */
export interface Circumstances {
  /** The public keys of the authorities, by id. */
  readonly publicKeys: ReadonlyMap<string, string>;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The reference's own `standard` verdict on a stored chain, by its rules and no others: the chain's state, genesis and
 * capabilities must be signed, an unexpired capability must cover the action, and the built-in constraints must permit
 * it. It looks at nothing in the delegations. Written apart from core's verification, so that a golden verdict that
 * was changed is noticed even where core is stricter than the reference.
 */
export function referenceStandard(stored: string, action: string, circumstances: Circumstances): boolean {
  const chain = readable(stored);
  if (!chain) return false;
  const { genesis, capabilities, chainStateSignature } = chain;
  const { publicKeys, now } = circumstances;
  const isSigned = (preimage: JsonObject, signature: string | null | undefined, signer: string): boolean => {
    const publicKey = publicKeys.get(signer);
    if (publicKey === undefined) return false;
    try {
      return verifySignature(canonicalJson(preimage), signature ?? '', publicKey);
    } catch {
      return false;
    }
  };
  const signer = genesis.authorityId;
  const inForce = (capability: CapabilityAttestation): boolean => !isPast(capability.expiresAt, now);
  return (
    isSigned(chain.statePreimage(), chainStateSignature, signer) &&
    isSigned(genesisPreimage(genesis), genesis.signature, signer) &&
    capabilities.every(
      (capability) =>
        capability.signingPayloadVersion === 'v1-subject-bound' &&
        isSigned(
          capabilityPreimage(capability, genesis.agentId),
          capability.signature,
          capability.attesterId || signer,
        ),
    ) &&
    capabilities.some((capability) => inForce(capability) && covers(capability.capability, action)) &&
    !isPast(genesis.expiresAt, now) &&
    constraintsPermit(chain, action, now)
  );
}

/** A chain whose delegations core cannot read is judged without them: the reference's `standard` does not use them. */
function readable(stored: string): TrustLineageChain | undefined {
  try {
    return TrustLineageChain.parse(stored);
  } catch {
    return undefined;
  }
}

const isPast = (expiry: string | null | undefined, now: number): boolean =>
  Boolean(expiry) && now > timestampToMillis(expiry as string);

function covers(pattern: string, action: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === action;
  if (parts.length > 2) return false;
  const [start, end] = parts as [string, string];
  return action.startsWith(start) && action.endsWith(end);
}

function constraintsPermit(chain: TrustLineageChain, action: string, now: number): boolean {
  const fromGenesis = genesisConstraints(chain.genesis);
  if (fromGenesis === undefined) return false;
  const labels = [...fromGenesis.map(pythonStr), ...chain.capabilities.flatMap((c) => c.constraints)];
  const hour = new Date(now).getUTCHours();
  return labels.every((label) => {
    const value = label.toLowerCase();
    if (value === 'read_only') return !WRITING.some((word) => action.toLowerCase().includes(word));
    return (value !== 'business_hours_only' && !value.startsWith('time_window')) || (hour >= 9 && hour < 17);
  });
}
