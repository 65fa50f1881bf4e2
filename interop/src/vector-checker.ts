import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  capabilityPreimage,
  constraintHash,
  delegationSigningText,
  genesisPreimage,
  InMemoryKeyManager,
  type JsonObject,
  MemoryTrustStore,
  parseJson,
  sha256Hex,
  TrustLineageChain,
  TrustOperations,
  timestampToMillis,
  verifySignature,
} from '@kaizen-eatp/core';
import { agentOf, authorityOfChain, putUnchecked } from './unchecked-store.ts';
import type { VectorFile } from './vector-file.ts';

export interface VectorReport {
  readonly checked: number;
  readonly wrong: readonly string[];
}

/** Compares everything in a file of golden values with what this project makes of the same input. */
export async function checkVectors(file: VectorFile): Promise<VectorReport> {
  const tally = new Tally();
  for (const [i, { json, canonical, sha256 }] of file.canonical.entries()) {
    tally.equal(`canonical[${i}]`, canonical, () => canonicalJson(parseJson(json)));
    tally.equal(`canonical[${i}].sha256`, sha256, () => sha256Hex(canonicalJson(parseJson(json))));
  }
  const world = await World.of(file);
  for (const { authority, private_key } of file.authorities) {
    const derived = await new InMemoryKeyManager()
      .importKey(authority.id, private_key)
      .catch((error: Error) => `threw ${error.message}`);
    tally.equal(`${authority.id} public_key`, authority.public_key, () => derived);
  }
  for (const [i, chain] of file.chains.entries())
    tally.holds(`chains[${i}] is readable`, () => checkChain(tally, world, chain));
  for (const [i, anchor] of file.anchors.entries())
    tally.holds(`anchors[${i}] is readable`, () => checkAnchor(tally, world, anchor));
  for (const { stored, verify } of file.chains) {
    const agentId = agentOf(stored);
    for (const { action, level } of verify) {
      const expected = expectedVerdict(
        verify.filter((verdict) => verdict.action === action),
        level,
      );
      const result = await world.trust.verify({ agentId, action, level });
      tally.equal(`${agentId} ${action} ${level}`, expected, () => result.valid, result.reason);
    }
  }
  for (const [i, tampered] of file.tampered.entries()) await checkTampered(tally, world, tampered, i);
  return { checked: tally.checked, wrong: tally.wrong };
}

type Verdict = { readonly level: string; readonly valid: boolean };

/** The reference's verdict, but that what it refuses only at `full` must be refused at `standard` already. */
function expectedVerdict(verdicts: readonly Verdict[], level: string): boolean | undefined {
  const at = (wanted: string): boolean | undefined =>
    verdicts.find((verdict) => verdict.level === wanted)?.valid;
  return level === 'standard' && at('full') === false ? false : at(level);
}

class Tally {
  checked = 0;
  readonly wrong: string[] = [];

  /** What cannot even be read is wrong too, and keeps nothing else from being checked. */
  holds(what: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.checked += 1;
      this.wrong.push(`${what}: ${(error as Error).message}`);
    }
  }

  equal(what: string, expected: unknown, actual: () => unknown, detail = ''): void {
    this.checked += 1;
    let got: unknown;
    try {
      got = actual();
    } catch (error) {
      got = `threw ${(error as Error).message}`;
    }
    if (got !== expected)
      this.wrong.push(`${what}: expected ${show(expected)}, got ${show(got)} ${detail}`.trimEnd());
  }
}

const show = (value: unknown): string => {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 160 ? `${shown.slice(0, 157)}…` : shown;
};

/** A store with all authorities and untouched chains of a file, at the moment the file was made. */
class World {
  readonly store = new MemoryTrustStore();
  readonly trust: TrustOperations;
  readonly publicKeys = new Map<string, string>();
  /** The authority of each agent, by which its delegations are signed. */
  readonly authorityOf: ReadonlyMap<string, string>;

  constructor(file: VectorFile) {
    // Verdicts hold for the moment at which they were given: the file's own, or the newest time it mentions as past.
    const moment = file.generated_at ? timestampToMillis(file.generated_at) : newestRecord(file);
    this.trust = new TrustOperations({ store: this.store, clock: { now: () => moment } });
    this.authorityOf = new Map(file.chains.map(({ stored }) => authorityOfChain(stored)));
  }

  static async of(file: VectorFile): Promise<World> {
    const world = new World(file);
    for (const { authority } of file.authorities) {
      const record = await world.trust.registerAuthority(authority as JsonObject);
      world.publicKeys.set(record.id, record.publicKey);
    }
    for (const { stored } of file.chains) await world.put(agentOf(stored), stored);
    return world;
  }

  put(agentId: string, text: string): Promise<void> {
    return putUnchecked(this.store, agentId, text);
  }
}

function newestRecord(file: VectorFile): number {
  const times = [...file.chains, ...file.anchors].flatMap(({ stored }) =>
    [...stored.matchAll(/"(?:created_at|attested_at|delegated_at|timestamp)": ?"([^"]+)"/g)].map(
      (m) => m[1] as string,
    ),
  );
  return Math.max(...times.map(timestampToMillis).filter((time) => !Number.isNaN(time)));
}

function checkChain(tally: Tally, world: World, golden: VectorFile['chains'][number]): void {
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

function checkAnchor(tally: Tally, world: World, golden: VectorFile['anchors'][number]): void {
  const anchor = auditAnchorCodec.decodeText(golden.stored);
  const key = world.publicKeys.get(golden.authority_id) ?? '';
  tally.equal(anchor.id, golden.signing_payload, () => canonicalJson(anchorPreimage(anchor)));
  tally.equal(`${anchor.id} signature`, true, () =>
    verifySignature(golden.signing_payload, anchor.signature ?? '', key),
  );
}

async function checkTampered(
  tally: Tally,
  world: World,
  tampered: VectorFile['tampered'][number],
  i: number,
): Promise<void> {
  const agentId = agentOf(tampered.stored);
  const [untouched] = await world.store.readChains([agentId]);
  await world.put(agentId, tampered.stored);
  for (const { level } of tampered.verify) {
    const expected = expectedVerdict(tampered.verify, level);
    const result = await world.trust.verify({ agentId, action: tampered.action, level });
    tally.equal(`tampered[${i}] ${tampered.what} ${level}`, expected, () => result.valid, result.reason);
  }
  if (untouched) await world.put(agentId, untouched.text);
}
