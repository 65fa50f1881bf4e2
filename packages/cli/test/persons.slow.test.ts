import { writeFileSync } from 'node:fs';
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kaizen, resultIn } from './support/kaizen.js';
import { makeWorld, PASSPHRASE, type World } from './support/world.js';

let world: World;
const call = (...args: string[]) => kaizen(args, { env: world.env });

beforeAll(async () => {
  world = makeWorld();
  expect(await call('init', '--name', 'ACME', '--id', 'org')).toMatchObject({ code: 0 });
  const store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
  const keyManager = new FileKeyManager(world.path('eatp', 'keys'), PASSPHRASE);
  const trust = new TrustOperations({ store, keyManager });
  const clerk = new TrustedAgent({ name: 'clerk', trust, agent: (n: number) => n });
  await clerk.establishTrust({ authorityId: 'org', capabilities: ['report'] });
  const runtime = new TrustAwareOrchestrationRuntime({ agents: { clerk }, trust, patterns: [sequential] });
  const humanOrigin = {
    humanId: 'dave@acme',
    displayName: 'Dave',
    authProvider: 'sso',
    sessionId: 's-1',
    authenticatedAt: '2026-01-05T11:00:00+00:00',
  };
  const run = await runtime.execute(1, { pattern: 'sequential', humanOrigin });
  writeFileSync(world.path('receipt.json'), (await run.receipt()).text);
  await store.close();
});
afterAll(() => world.remove());

it('names the person for whom a run acted, as its receipt discloses them', async () => {
  const shown = await call('receipt', 'show', world.path('receipt.json'));
  expect(shown.stdout).toMatch(/For: +Dave \(dave@acme\)/);
  const asJson = await call('receipt', 'show', world.path('receipt.json'), '--json');
  expect(resultIn(asJson)).toMatchObject({ people: [{ id: 'dave@acme', name: 'Dave' }] });
});

it('tells a person of whom something is stored from one who is unknown or was erased', async () => {
  const revoked = await call('revoke', 'human', 'dave@acme', '--yes');
  expect(revoked).toMatchObject({ code: 0, stderr: '' });
  const misspelt = await call('erase', 'human', 'dvae@acme', '--yes');
  expect(misspelt).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The store knows no such person/),
  });
  const erased = await call('erase', 'human', 'dave@acme', '--yes', '--json');
  expect(resultIn(erased)).toMatchObject({ known: true, disclosures: 1 });
  const again = await call('erase', 'human', 'dave@acme', '--yes', '--json');
  expect(resultIn(again)).toMatchObject({ known: false, disclosures: 0 });
});
