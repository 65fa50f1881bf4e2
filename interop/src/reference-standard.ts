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
} from '@kaizen-eatp/core/records';

const WRITING = ['write', 'update', 'delete', 'create', 'modify'];

/**
 * The reference's own `standard` verdict on a stored chain, by its rules and no others: the chain's state, genesis and
 * capabilities must be signed, an unexpired capability must cover the action, and the built-in constraints must permit
 * it. It looks at nothing in the delegations. Written apart from core's verification, so that a golden verdict that
 * was changed is noticed even where core is stricter than the reference.
 */
export class ReferenceStandard {
  readonly #publicKeys: ReadonlyMap<string, string>;
  readonly #now: number;
  /** Chains whose own signatures are valid, by stored text; undefined for the others. */
  readonly #signed = new Map<string, TrustLineageChain | undefined>();

  /**
   * @param publicKeys - of the authorities, by id.
   * @param now - in milliseconds since the epoch.
   */
  constructor(publicKeys: ReadonlyMap<string, string>, now: number) {
    this.#publicKeys = publicKeys;
    this.#now = now;
  }

  /** Whether the reference permits an action at `standard`. */
  permits(stored: string, action: string): boolean {
    if (!this.#signed.has(stored)) this.#signed.set(stored, this.#readSigned(stored));
    const chain = this.#signed.get(stored);
    if (!chain) return false;
    const isHeld = chain.capabilities.some(
      ({ capability, expiresAt }) => !this.#isPast(expiresAt) && covers(capability, action),
    );
    return isHeld && !this.#isPast(chain.genesis.expiresAt) && this.#constraintsPermit(chain, action);
  }

  #readSigned(stored: string): TrustLineageChain | undefined {
    let chain: TrustLineageChain;
    try {
      chain = TrustLineageChain.parse(stored);
    } catch {
      return undefined;
    }
    const { genesis, capabilities } = chain;
    const isGood =
      this.#isSigned(chain.statePreimage(), chain.chainStateSignature, genesis.authorityId) &&
      this.#isSigned(genesisPreimage(genesis), genesis.signature, genesis.authorityId) &&
      capabilities.every((capability) => this.#isAttested(capability, genesis.agentId));
    return isGood ? chain : undefined;
  }

  #isAttested(capability: CapabilityAttestation, agentId: string): boolean {
    const isBound = capability.signingPayloadVersion === 'v1-subject-bound';
    const preimage = capabilityPreimage(capability, agentId);
    return isBound && this.#isSigned(preimage, capability.signature, capability.attesterId);
  }

  #isSigned(preimage: JsonObject, signature: string | null | undefined, signer: string): boolean {
    const publicKey = this.#publicKeys.get(signer);
    if (publicKey === undefined) return false;
    try {
      return verifySignature(canonicalJson(preimage), signature ?? '', publicKey);
    } catch {
      return false;
    }
  }

  #isPast(expiry: string | null | undefined): boolean {
    return Boolean(expiry) && this.#now > timestampToMillis(expiry as string);
  }

  #constraintsPermit(chain: TrustLineageChain, action: string): boolean {
    const fromGenesis = genesisConstraints(chain.genesis);
    if (fromGenesis === undefined) return false;
    const labels = [...fromGenesis.map(pythonStr), ...chain.capabilities.flatMap((c) => c.constraints)];
    const hour = new Date(this.#now).getUTCHours();
    return labels.every((label) => {
      const value = label.toLowerCase();
      if (value === 'read_only') return !WRITING.some((word) => action.toLowerCase().includes(word));
      return (
        (value !== 'business_hours_only' && !value.startsWith('time_window')) || (hour >= 9 && hour < 17)
      );
    });
  }
}

function covers(pattern: string, action: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === action;
  if (parts.length > 2) return false;
  const [start, end] = parts as [string, string];
  return action.startsWith(start) && action.endsWith(end);
}
