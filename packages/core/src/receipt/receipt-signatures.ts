import {
  authorityCodec,
  capabilityPreimage,
  delegationCodec,
  delegationSigningText,
  genesisPreimage,
  TrustLineageChain,
} from '../chain/index.js';
import type { Signed } from '../signing/verify-ahead.js';
import { type ReadAnchor, readSignedAnchor } from '../trust/audit/anchor.js';
import { canonicalJson } from '../wire/index.js';
import type { ReceiptContent } from './receipt.js';

/**
 * Reads the anchors of a receipt, and foresees the signatures that its judgement will ask for. It only saves time: the judgement decides what must be
 * signed by whom.
 */
export function foresee({ anchors, delegations, chains, authorities }: ReceiptContent): {
  readonly signatures: readonly Signed[];
  readonly anchors: ReadonlyMap<string, ReadAnchor>;
} {
  const found: Signed[] = [];
  const read = new Map<string, ReadAnchor>();
  const keys = new Map<string, string>();
  const authorityOf = new Map<string, string>();
  const add = (authorityId: string | undefined, text: string, signature: string | null | undefined): void => {
    const publicKey = authorityId === undefined ? undefined : keys.get(authorityId);
    if (publicKey !== undefined && signature) found.push({ text, signature, publicKey });
  };
  each(authorities, (text) => {
    const { id, publicKey } = authorityCodec.decodeText(text);
    keys.set(id, publicKey);
  });
  each(chains, (text) => {
    const chain = TrustLineageChain.parse(text);
    const { agentId, genesis } = chain;
    authorityOf.set(agentId, genesis.authorityId);
    add(genesis.authorityId, canonicalJson(chain.statePreimage()), chain.chainStateSignature);
    add(genesis.authorityId, canonicalJson(genesisPreimage(genesis)), genesis.signature);
    for (const capability of chain.capabilities)
      add(
        capability.attesterId,
        canonicalJson(capabilityPreimage(capability, agentId)),
        capability.signature,
      );
  });
  each(anchors, (text) => {
    const known = readSignedAnchor(text);
    if (!known) return;
    read.set(text, known);
    const { anchor, signed } = known;
    add(authorityOf.get(anchor.agentId), signed, anchor.signature);
  });
  each(delegations, (text) => {
    const delegation = delegationCodec.decodeText(text);
    add(authorityOf.get(delegation.delegatorId), delegationSigningText(delegation), delegation.signature);
  });
  return { signatures: found, anchors: read };
}

/** A record that cannot be read is for the judgement to report. */
function each(texts: readonly string[], read: (text: string) => void): void {
  for (const text of texts) {
    try {
      read(text);
    } catch {}
  }
}
