import {
  type Authority,
  type CapabilityAttestation,
  capabilityPreimage,
  capabilityVersion,
  genesisPreimage,
  LEGACY_PAYLOAD,
  SUBJECT_BOUND_PAYLOAD,
  type TrustLineageChain,
} from '../../chain/index.js';
import { verifySignature } from '../../signing/public-key.js';
import { canonicalJson, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { judgeAuthority } from '../roots.js';
import { keyringOf, keysOf, revokedKeysOf } from '../statements/believed-view.js';
import { type Denial, deny } from './denial.js';
import type { ParsedChain } from './parsed-records.js';

/**
 * Judges a chain's own signatures: of its state, its genesis record and every capability. Each is checked once for the
 * same text under the same keys, and again if `fresh` is set.
 */
export async function judgeSignatures(
  reads: ReadSet,
  evidence: ParsedChain,
  fresh = false,
): Promise<Denial | undefined> {
  const need = reads.needAuthorities(evidence.authorityIds);
  if (need) await need;
  return judgeKnownSignatures(reads, evidence, fresh);
}

/**
 * Like {@link judgeSignatures}, once the chain's authorities are read. Whether they are believed is judged each time.
 */
export function judgeKnownSignatures(
  reads: ReadSet,
  evidence: ParsedChain,
  fresh: boolean,
): Denial | undefined {
  const untrusted = findRootDenial(reads, evidence);
  if (untrusted) return untrusted;
  const keyring = keyringOfAll(reads, evidence.authorityIds);
  if (!fresh && evidence.integrity?.keyring === keyring) return evidence.integrity.denial;
  const denial = checkSignatures(reads, evidence);
  evidence.integrity = { keyring, denial };
  return denial;
}

/** The keys of all authorities of a chain in one string. Most chains have one authority, whose string is made already. */
function keyringOfAll(reads: ReadSet, authorityIds: readonly string[]): string {
  const keyringAt = (i: number): string => {
    const authority = reads.authority(authorityIds[i] as string);
    return authority ? keyringOf(authority) : 'absent';
  };
  let keyring = keyringAt(0);
  for (let i = 1; i < authorityIds.length; i++) keyring += `;${keyringAt(i)}`;
  return keyring;
}

/** Whether the authorities of a chain are believed for its agent. The signatures are judged for those that are absent. */
function findRootDenial(reads: ReadSet, { chain, authorityIds }: ParsedChain): Denial | undefined {
  const { agentId, genesis } = chain;
  for (const id of authorityIds) {
    const authority = reads.authority(id);
    const permission = id === genesis.authorityId ? 'create_agents' : 'grant_capabilities';
    const denial = authority && judgeAuthority(reads.deployment, authority, agentId, permission);
    if (denial) return denial;
  }
  return undefined;
}

function checkSignatures(reads: ReadSet, { chain }: ParsedChain): Denial | undefined {
  const { deployment } = reads;
  const { genesis } = chain;
  const authority = reads.authority(genesis.authorityId);
  if (!authority)
    return deny('AUTHORITY_UNKNOWN', `authority ${genesis.authorityId} of the genesis record is unknown`, {
      authorityId: genesis.authorityId,
    });
  if (chain.chainStateSignature === null) {
    if (!deployment.settings.allowUnsignedChainState) {
      return deny('CHAIN_STATE_SIGNATURE_MISSING', 'the chain has no chain-state signature');
    }
  } else if (!isSigned(chain.statePreimage(), chain.chainStateSignature, authority)) {
    return (
      judgeRevokedKey(chain, authority) ??
      deny('CHAIN_STATE_SIGNATURE_INVALID', 'records or constraints were added, removed or changed')
    );
  }
  if (!isSigned(genesisPreimage(genesis), genesis.signature, authority)) {
    return deny('GENESIS_SIGNATURE_INVALID', `genesis record ${genesis.id} is not as it was signed`);
  }
  for (const capability of chain.capabilities) {
    const denial = checkCapability(
      deployment,
      capability,
      genesis.agentId,
      reads.authority(capability.attesterId),
    );
    if (denial) return denial;
  }
  return undefined;
}

/** A chain that is as it was signed, by a key that counts no more, was not tampered with. */
function judgeRevokedKey(chain: TrustLineageChain, authority: Authority): Denial | undefined {
  const text = canonicalJson(chain.statePreimage());
  for (const [publicKey, { since, reason }] of revokedKeysOf(authority)) {
    if (!isSignedBy(text, chain.chainStateSignature, publicKey)) continue;
    const at = Number.isFinite(since) ? ` since ${new Date(since).toISOString()}` : '';
    return deny(
      'SIGNING_KEY_REVOKED',
      `the chain was signed with a key of authority ${authority.id} that is revoked${at}: ${reason}`,
      { authorityId: authority.id },
    );
  }
  return undefined;
}

function isSignedBy(text: string, signature: string | null, publicKey: string): boolean {
  try {
    return verifySignature(text, signature ?? '', publicKey);
  } catch {
    return false;
  }
}

function checkCapability(
  deployment: Deployment,
  capability: CapabilityAttestation,
  agentId: string,
  attester: Authority | undefined,
): Denial | undefined {
  const version = capabilityVersion(capability);
  if (version === LEGACY_PAYLOAD && !deployment.settings.allowUnboundLegacyCapabilities) {
    return deny('CAPABILITY_NOT_SUBJECT_BOUND', `capability ${capability.id} is not bound to its holder`);
  }
  if (version !== LEGACY_PAYLOAD && version !== SUBJECT_BOUND_PAYLOAD) {
    return deny(
      'CAPABILITY_SIGNATURE_INVALID',
      `capability ${capability.id} has the unknown form '${version}'`,
    );
  }
  if (!attester)
    return deny('AUTHORITY_UNKNOWN', `attester ${capability.attesterId} of ${capability.id} is unknown`, {
      authorityId: capability.attesterId,
    });
  return isSigned(capabilityPreimage(capability, agentId), capability.signature, attester)
    ? undefined
    : deny('CAPABILITY_SIGNATURE_INVALID', `capability ${capability.id} is not as it was signed`);
}

/**
 * Whether a signature is the authority's valid signature over a pre-image, by any of its keys that count. It is invalid if the key or the signature is
 * malformed.
 */
export function isSigned(
  preimage: JsonObject | string,
  signature: string | null | undefined,
  authority: Authority,
): boolean {
  try {
    const text = typeof preimage === 'string' ? preimage : canonicalJson(preimage);
    return keysOf(authority).some((key) => verifySignature(text, signature ?? '', key));
  } catch {
    return false;
  }
}
