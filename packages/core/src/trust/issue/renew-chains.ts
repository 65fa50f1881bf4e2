import {
  type Authority,
  type CapabilityAttestation,
  capabilityPreimage,
  type DelegationRecord,
  delegationSigningText,
  genesisPreimage,
  TrustLineageChain,
} from '../../chain/index.js';
import { StoreError } from '../../errors/index.js';
import type { StoredChain } from '../../store/index.js';
import { canonicalJson, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { isSignedBy } from '../statements/statement.js';
import { isSigned, judgeSignatures } from '../verify/chain-signatures.js';
import { ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { putChain } from './sign-chain.js';

const PAGE = 500;
const MAX_ATTEMPTS = 20;

/**
 * Signs the records of an authority in stored chains again with its current key, so that a verifier that knows only this
 * key, such as the reference, reads them. A chain that does not verify is left as it is.
 *
 * @param isWanted - whether the chain of an agent is renewed.
 * @returns the agents whose chains were renewed.
 */
export async function renewChains(
  deployment: Deployment,
  authority: Authority,
  isWanted: (agentId: string) => boolean,
): Promise<string[]> {
  const renewed: string[] = [];
  for (let afterAgentId: string | undefined; ; ) {
    const page = await deployment.store.listChains({ ...(afterAgentId && { afterAgentId }), limit: PAGE });
    for (const { agentId } of page)
      if (isWanted(agentId) && (await renew(deployment, authority, agentId))) renewed.push(agentId);
    if (page.length < PAGE) return renewed;
    afterAgentId = page.at(-1)?.agentId;
  }
}

async function renew(deployment: Deployment, authority: Authority, agentId: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const stored = await deployment.storedChain(agentId);
    const next = await renewed(deployment, authority, stored);
    if (!stored || !next) return false;
    try {
      await deployment.store.commit([putChain(next, stored.version)]);
      return true;
    } catch (error) {
      const raced = error instanceof StoreError && error.code === 'STORE_CONFLICT';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** @returns undefined if nothing in the chain has to be signed again, or if the chain does not verify. */
async function renewed(
  deployment: Deployment,
  authority: Authority,
  stored: StoredChain | undefined,
): Promise<ParsedChain | undefined> {
  const evidence = stored?.active ? deployment.chainEvidence(stored) : undefined;
  if (!evidence || evidence instanceof Unreadable || evidence.chain.agentId !== stored?.agentId)
    return undefined;
  const { chain } = evidence;
  const reads = new ReadSet(deployment);
  if (await judgeSignatures(reads, evidence)) return undefined;
  const delegators = await deployment.store.readChains(chain.delegations.map((d) => d.delegatorId));
  const isOwn = (id: string): boolean => id === authority.id;
  let changes = 0;
  const again = async (
    preimage: JsonObject | string,
    signature: string | null | undefined,
  ): Promise<string> => {
    const text = typeof preimage === 'string' ? preimage : canonicalJson(preimage);
    if (signature && isSignedBy(text, signature, authority.publicKey)) return signature;
    changes += 1;
    return deployment.sign(text, authority);
  };
  const genesis = isOwn(chain.genesis.authorityId)
    ? { ...chain.genesis, signature: await again(genesisPreimage(chain.genesis), chain.genesis.signature) }
    : chain.genesis;
  const capabilities: CapabilityAttestation[] = [];
  for (const capability of chain.capabilities) {
    const { attesterId, signature } = capability;
    capabilities.push(
      isOwn(attesterId)
        ? { ...capability, signature: await again(capabilityPreimage(capability, stored.agentId), signature) }
        : capability,
    );
  }
  const delegations: DelegationRecord[] = [];
  for (const [i, delegation] of chain.delegations.entries()) {
    const delegator = delegators[i] && deployment.chainEvidence(delegators[i]);
    const isTheirs =
      delegator && !(delegator instanceof Unreadable) && isOwn(delegator.chain.genesis.authorityId);
    const text = delegationSigningText(delegation);
    const mayRenew = isTheirs && isSigned(text, delegation.signature, authority);
    delegations.push(
      mayRenew ? { ...delegation, signature: await again(text, delegation.signature) } : delegation,
    );
  }
  const unsealed = new TrustLineageChain({ ...chain, genesis, capabilities, delegations });
  if (!isOwn(chain.genesis.authorityId)) return changes > 0 ? parsed(unsealed) : undefined;
  const chainStateSignature = await again(unsealed.statePreimage(), chain.chainStateSignature);
  return changes > 0 ? parsed(new TrustLineageChain({ ...unsealed, chainStateSignature })) : undefined;
}

const parsed = (chain: TrustLineageChain): ParsedChain => new ParsedChain(chain.toText(), chain);
