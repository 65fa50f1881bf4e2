import { InMemoryKeyManager } from '@kaizen-eatp/core';
import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  capabilityPreimage,
  constraintHash,
  delegationSigningText,
  genesisPreimage,
  parseJson,
  sha256Hex,
  TrustLineageChain,
  verifySignature,
} from '@kaizen-eatp/core/records';
import { permittedDifference } from './permitted-differences.ts';
import { agentOf } from './unchecked-store.ts';
import type { VectorFile } from './vector-file.ts';
import { Tally, type VectorReport } from './vector-tally.ts';
import { VectorWorld } from './vector-world.ts';

/** Compares each value in a file of golden values with the one that this project computes from the same input. */
export async function checkVectors(file: VectorFile): Promise<VectorReport> {
  const tally = new Tally();
  for (const [i, { json, canonical, sha256 }] of file.canonical.entries()) {
    tally.equal(`canonical[${i}]`, canonical, () => canonicalJson(parseJson(json)));
    tally.equal(`canonical[${i}].sha256`, sha256, () => sha256Hex(canonicalJson(parseJson(json))));
  }
  await checkAuthorities(tally, file);
  const world = await VectorWorld.of(file);
  for (const [i, chain] of file.chains.entries())
    tally.holds(`chains[${i}] is readable`, () => checkChain(tally, world, chain));
  for (const [i, anchor] of file.anchors.entries())
    tally.holds(`anchors[${i}] is readable`, () => checkAnchor(tally, world, anchor));
  for (const { stored, verify } of file.chains) {
    const byAction = Map.groupBy(verify, ({ action }) => action);
    for (const [action, verdicts] of byAction)
      await checkVerdicts(tally, world, `${agentOf(stored)} ${action}`, { stored, action, verify: verdicts });
  }
  for (const [i, tampered] of file.tampered.entries()) {
    const agentId = agentOf(tampered.stored);
    await world.withChain(agentId, tampered.stored, () =>
      checkVerdicts(tally, world, `tampered[${i}] ${tampered.what}`, tampered),
    );
  }
  return tally.report;
}

/**
 * Checks that the file proves the key of each authority: its private key must give the public one, and no two
 * authorities share an id. Chains and anchors of other authorities are counted as wrong.
 */
async function checkAuthorities(tally: Tally, file: VectorFile): Promise<void> {
  for (const { authority, private_key } of file.authorities) {
    const derived = await new InMemoryKeyManager()
      .importKey(authority.id, private_key)
      .catch((error: Error) => `threw ${error.message}`);
    tally.equal(`${authority.id} public_key`, authority.public_key, () => derived);
  }
  const ids = file.authorities.map(({ authority }) => authority.id);
  tally.equal('authorities with a unique id', ids.length, () => new Set(ids).size);
}

interface Judged {
  readonly stored: string;
  readonly action: string;
  readonly verify: readonly { readonly level: 'quick' | 'standard' | 'full'; readonly valid: boolean }[];
}

/** Compares the reference's verdicts on one action with ours, and its `standard` with its own rules as well. */
async function checkVerdicts(
  tally: Tally,
  world: VectorWorld,
  what: string,
  { stored, action, verify }: Judged,
): Promise<void> {
  tally.equal(`${what} levels`, 'full,quick,standard', () =>
    verify
      .map(({ level }) => level)
      .sort()
      .join(),
  );
  const theirsAtFull = verify.find(({ level }) => level === 'full')?.valid;
  for (const { level, valid: theirs } of verify) {
    const ours = await world.trust.verify({ agentId: agentOf(stored), action, level });
    const permitted = permittedDifference({ level, theirs, theirsAtFull, ours });
    if (level === 'standard')
      tally.equal(`${what} standard, by the reference's rules`, theirs, () =>
        world.standard.permits(stored, action),
      );
    if (permitted) tally.permit(permitted);
    else tally.equal(`${what} ${level}`, theirs, () => ours.valid, ours.reason);
  }
}

function checkChain(tally: Tally, world: VectorWorld, golden: VectorFile['chains'][number]): void {
  const chain = TrustLineageChain.parse(golden.stored);
  const { genesis, capabilities, delegations, chainStateSignature } = chain;
  const signed = (
    what: string,
    payload: string | undefined,
    signature: string | null | undefined,
    keyOf?: string,
  ): void => {
    const key = world.publicKeys.get(keyOf ?? genesis.authorityId) as string;
    tally.equal(`${what} signature`, true, () => verifySignature(payload ?? '', signature ?? '', key));
  };
  tally.equal(`${chain.agentId} genesis`, golden.genesis_payload, () =>
    canonicalJson(genesisPreimage(genesis)),
  );
  signed(`${chain.agentId} genesis`, golden.genesis_payload, genesis.signature);
  tally.equal(`${chain.agentId} capabilities`, Object.keys(golden.capability_payloads).sort().join(), () =>
    capabilities
      .map((c) => c.id)
      .sort()
      .join(),
  );
  for (const capability of capabilities) {
    const payload = golden.capability_payloads[capability.id];
    tally.equal(capability.id, payload, () => canonicalJson(capabilityPreimage(capability, genesis.agentId)));
    signed(capability.id, payload, capability.signature, capability.attesterId);
  }
  tally.equal(`${chain.agentId} delegations`, Object.keys(golden.delegation_payloads).sort().join(), () =>
    delegations
      .map((d) => d.id)
      .sort()
      .join(),
  );
  for (const delegation of delegations) {
    const payload = golden.delegation_payloads[delegation.id];
    tally.equal(delegation.id, payload, () => delegationSigningText(delegation));
    signed(delegation.id, payload, delegation.signature, world.authorityOf.get(delegation.delegatorId));
  }
  tally.equal(`${chain.agentId} state`, golden.chain_state_payload, () =>
    canonicalJson(chain.statePreimage()),
  );
  if (chainStateSignature !== null)
    signed(`${chain.agentId} state`, golden.chain_state_payload, chainStateSignature);
  tally.equal(`${chain.agentId} constraint hash`, golden.constraint_hash, () =>
    constraintHash(chain.constraintEnvelope),
  );
  tally.equal(`${chain.agentId} chain hash`, golden.chain_hash, () => chain.hash());
  tally.equal(`${chain.agentId} rewritten`, canonicalJson(parseJson(golden.stored)), () =>
    canonicalJson(parseJson(chain.toText())),
  );
}

function checkAnchor(tally: Tally, world: VectorWorld, golden: VectorFile['anchors'][number]): void {
  const anchor = auditAnchorCodec.decodeText(golden.stored);
  const key = world.publicKeys.get(golden.authority_id) ?? '';
  tally.equal(anchor.id, golden.signing_payload, () => canonicalJson(anchorPreimage(anchor)));
  tally.equal(`${anchor.id} signature`, true, () =>
    verifySignature(golden.signing_payload, anchor.signature ?? '', key),
  );
}
