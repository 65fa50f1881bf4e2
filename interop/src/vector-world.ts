import { MemoryTrustStore, type Root, TrustOperations } from '@kaizen-eatp/core';
import { type JsonObject, timestampToMillis } from '@kaizen-eatp/core/records';
import { ReferenceStandard } from './reference-standard.ts';
import { agentOf, authorityOfChain, putUnchecked } from './unchecked-store.ts';
import type { VectorFile } from './vector-file.ts';

/** The authorities and untouched chains of a file of golden values, at the moment the file was made. */
export class VectorWorld {
  readonly store = new MemoryTrustStore();
  readonly trust: TrustOperations;
  /** The moment for which the file's verdicts hold: its own, or the newest time that it mentions as past. */
  readonly now: number;
  /** The public keys of the file's authorities, by id. Nothing else is believed here. */
  readonly publicKeys = new Map<string, string>();
  /** The reference's `standard`, over the file's authorities. */
  readonly standard: ReferenceStandard;
  /** The authority of each agent, by which its delegations are signed. */
  readonly authorityOf: ReadonlyMap<string, string>;

  private constructor(file: VectorFile) {
    this.now = file.generated_at ? timestampToMillis(file.generated_at) : newestRecord(file);
    const roots = new Map<string, Root>();
    for (const { authority } of file.authorities) {
      const { id, public_key: publicKey } = authority as { id: string; public_key: string };
      if (!roots.has(id)) roots.set(id, { id, publicKey });
    }
    const clock = { now: () => this.now };
    this.trust = new TrustOperations({ store: this.store, clock, roots: [...roots.values()] });
    this.standard = new ReferenceStandard(this.publicKeys, this.now);
    this.authorityOf = new Map(file.chains.map(({ stored }) => authorityOfChain(stored)));
  }

  static async of(file: VectorFile): Promise<VectorWorld> {
    const world = new VectorWorld(file);
    for (const { authority } of file.authorities) {
      if (world.publicKeys.has(authority.id)) continue;
      const record = await world.trust.registerAuthority(authority as JsonObject);
      world.publicKeys.set(record.id, record.publicKey);
    }
    for (const { stored } of file.chains) await putUnchecked(world.store, agentOf(stored), stored);
    return world;
  }

  /** Runs a check with another chain in place of the agent's own, which is then put back. */
  async withChain(agentId: string, stored: string, check: () => Promise<void>): Promise<void> {
    const [untouched] = await this.store.readChains([agentId]);
    await putUnchecked(this.store, agentId, stored);
    await check();
    if (untouched) await putUnchecked(this.store, agentId, untouched.text);
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
