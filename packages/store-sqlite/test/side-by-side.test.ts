import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { openStore, temporaryFolder } from './support/places.js';
import { Child, python } from './support/processes.js';

const ROUNDS = 167;

interface Worked {
  readonly done: number;
  readonly refused: readonly unknown[];
  /** Chains that the other language wrote, as seen near the end. */
  readonly foreign: number;
  readonly conflicts?: number;
}

it('Python and TypeScript work in one file at once, two processes each, and lose nothing', {
  timeout: 180_000,
}, async () => {
  const folder = temporaryFolder();
  const [path, config] = [join(folder, 'trust.db'), join(folder, 'config.json')];
  const authorities = ['org-typescript', 'org-python'].map((id) => ({
    id,
    keyId: `key-${id}`,
    ...generateKeyPair(),
  }));
  writeFileSync(config, JSON.stringify({ authorities }));
  const keyManager = new InMemoryKeyManager();
  const store = await openStore(path);
  const trust = new TrustOperations({ store, keyManager });
  for (const { id, keyId, privateKey } of authorities) {
    await keyManager.importKey(keyId, privateKey);
    await trust.createEnterpriseAuthority({ name: id, id, signingKeyId: keyId });
  }
  await trust.establish({ agentId: 'agent-shared', authorityId: 'org-typescript', capabilities: ['work'] });

  const worked = await Promise.all([
    ...['t1', 't2'].map((name) => new Child('side-by-side', [path, config, name, ROUNDS]).next<Worked>()),
    ...['p1', 'p2'].map((name) => python<Worked>('side_by_side', 'work', path, config, name, ROUNDS)),
  ]);
  for (const { done, refused, foreign } of worked) {
    expect(refused).toEqual([]);
    expect(done).toBe(3 * ROUNDS);
    expect(foreign, 'each side saw what the other wrote').toBeGreaterThan(0);
  }

  const updates = ['t1', 't2'].flatMap((name) => range(ROUNDS, 4).map((i) => `${name}_${i}`));
  const chain = await trust.getChain('agent-shared');
  const held = new Set(chain?.capabilities.map((capability) => capability.capability));
  expect(updates.filter((capability) => !held.has(capability))).toEqual([]);

  const agents = 4 * ROUNDS + 3;
  const byReference = await python<object>('side_by_side', 'judge', path, config);
  expect(byReference).toEqual({ verified: agents, refused: [] });
  const report = await store.doctor();
  expect(report.findings).toEqual([]);
  expect(report.examined.chains).toBe(agents);
});

const range = (end: number, step: number): number[] =>
  Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
