import {
  anchorPreimage,
  auditAnchorCodec,
  authorityCodec,
  canonicalJson,
  capabilityPreimage,
  delegationCodec,
  delegationSigningText,
  genesisPreimage,
  TrustLineageChain,
} from '@kaizen-eatp/core/records';
import { type Signed, verifyAhead } from '../shims/ed25519.js';

/** The records of a receipt or a run, as the JSON that was signed. */
export interface RecordTexts {
  readonly anchors: readonly string[];
  readonly delegations: readonly string[];
  readonly chains: readonly string[];
  readonly authorities: readonly string[];
}

/**
 * Verifies ahead the signatures that the verifier will ask for. It only saves time: the verifier decides what must be signed
 * by whom, and verifies itself what was not foreseen here.
 */
export async function verifyRecordsAhead({
  anchors,
  delegations,
  chains,
  authorities,
}: RecordTexts): Promise<void> {
  const keys = new Map<string, string>();
  for (const text of authorities)
    attempt(() => {
      const { id, publicKey } = authorityCodec.decodeText(text);
      keys.set(id, publicKey);
    });
  const all: Signed[] = [];
  const authorityOf = new Map<string, string>();
  const add = (authorityId: string | undefined, text: string, signature: string | null | undefined): void => {
    const publicKey = authorityId === undefined ? undefined : keys.get(authorityId);
    if (publicKey !== undefined && signature) all.push({ text, signature, publicKey });
  };
  for (const text of chains)
    attempt(() => {
      const chain = TrustLineageChain.parse(text);
      const { authorityId } = chain.genesis;
      authorityOf.set(chain.agentId, authorityId);
      add(authorityId, canonicalJson(chain.statePreimage()), chain.chainStateSignature);
      add(authorityId, canonicalJson(genesisPreimage(chain.genesis)), chain.genesis.signature);
      for (const capability of chain.capabilities)
        add(
          capability.attesterId,
          canonicalJson(capabilityPreimage(capability, chain.agentId)),
          capability.signature,
        );
    });
  for (const text of anchors)
    attempt(() => {
      const anchor = auditAnchorCodec.decodeText(text);
      add(authorityOf.get(anchor.agentId), canonicalJson(anchorPreimage(anchor)), anchor.signature);
    });
  for (const text of delegations)
    attempt(() => {
      const delegation = delegationCodec.decodeText(text);
      add(authorityOf.get(delegation.delegatorId), delegationSigningText(delegation), delegation.signature);
    });
  await verifyAhead(all);
}

/** A record that cannot be read is the verifier's to report. */
function attempt(read: () => void): void {
  try {
    read();
  } catch {}
}
