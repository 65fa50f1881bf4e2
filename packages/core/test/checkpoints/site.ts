import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HumanOrigin, InMemoryKeyManager, MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import { onTestFinished } from 'vitest';

/** A record of a store, as a dump has it. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes whatever it likes
export type Line = Record<string, any>;

export const START = Date.UTC(2026, 0, 5, 12);

export const human = (humanId: string): HumanOrigin => ({
  ...{ humanId, displayName: humanId, authProvider: 'oidc', sessionId: 's-1' },
  authenticatedAt: '2026-01-05T11:00:00+00:00',
});

/** A folder of the test, which is deleted with its end. */
export function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-checkpoints-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store with the records of another one, some of them changed behind its back. */
export async function copyOf(
  store: MemoryTrustStore,
  edit: (lines: Line[]) => Line[] = (lines) => lines,
): Promise<MemoryTrustStore> {
  const lines: Line[] = [];
  for await (const line of store.exportJsonLines()) lines.push(JSON.parse(line));
  const [header, ...records] = lines.slice(0, -1) as [Line, ...Line[]];
  const texts = [header, ...edit(records)].map((line) => `${JSON.stringify(line)}\n`);
  const sha256 = createHash('sha256').update(texts.join('')).digest('hex');
  const copy = new MemoryTrustStore();
  await copy.importJsonLines([...texts, JSON.stringify({ type: 'end', lines: texts.length, sha256 })]);
  return copy;
}

/** One authority that records, agents, delegations and a trail. */
export class Site {
  readonly store = new MemoryTrustStore();
  readonly keyManager = new InMemoryKeyManager();
  readonly clock = { at: START, now: () => this.clock.at };
  readonly trust = this.over(this.store);

  /** Trust operations over some store, as a process would have them that starts now. */
  over(store: MemoryTrustStore): TrustOperations {
    const { keyManager, clock } = this;
    return new TrustOperations({ store, keyManager, clock, recorder: 'org-acme' });
  }

  static async create(): Promise<Site> {
    const site = new Site();
    const { trust } = site;
    await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' });
    for (const agentId of ['agent-alice', 'agent-bob', 'agent-eve'])
      await trust.establish({ agentId, authorityId: 'org-acme', capabilities: ['read', 'write'] });
    await site.delegate('t');
    await trust.revoke({ agentId: 'agent-eve', reason: 'stole' });
    for (let i = 0; i < 2; i++) await site.audit(`entry-${i}`);
    await trust.audit({
      agentId: 'agent-bob',
      action: 'read',
      result: 'success',
      humanOrigin: human('dave'),
    });
    return site;
  }

  delegate(taskId: string) {
    return this.trust.delegate({
      ...{ delegatorId: 'agent-alice', delegateeId: 'agent-bob', taskId, capabilities: ['write'] },
      humanOrigin: human('dave'),
    });
  }

  audit(resource: string) {
    return this.trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success', resource });
  }
}
