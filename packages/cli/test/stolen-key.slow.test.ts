import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { makeWorld, runAgents } from './support/world.js';

it('a receipt under a revoked key is no longer believed, and agents that were not kept are named', async () => {
  const world = makeWorld();
  onTestFinished(() => world.remove());
  const call = async (...args: string[]) => {
    const done = await kaizen([...args, '--json'], { env: world.env });
    return { ...done, answer: JSON.parse(done.stdout) };
  };
  await call('init', '--name', 'ACME', '--id', 'org-acme');
  const store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
  await runAgents(world, store, 'org-acme');
  await store.close();
  const receipt = world.path('receipt.json');
  expect(await call('receipt', 'verify', receipt)).toMatchObject({ code: 0 });
  const revoked = await call('key', 'revoke', 'org-acme', '--since', '1h', '--keep', 'agent-clerk', '--yes');
  expect(revoked).toMatchObject({
    code: 0,
    answer: { result: { agents: ['agent-clerk'], ended_agents: ['agent-analyst'] } },
  });
  const again = await call('receipt', 'verify', receipt);
  expect(again).toMatchObject({ code: 1, answer: { result: { valid: false } } });
  expect(await call('verify', 'agent-clerk', '--action', 'pay')).toMatchObject({ code: 0 });
  const analyst = await call('verify', 'agent-analyst', '--action', 'analyze');
  expect(analyst).toMatchObject({ code: 1, answer: { result: { code: 'SIGNING_KEY_REVOKED' } } });
  expect(analyst.answer.result.reason).toContain('a key of authority org-acme that is revoked since');
  const authority = await call('authority', 'show', 'org-acme');
  expect(authority.answer.result).toMatchObject({ pinned: true });
  const list = await kaizen(['authority', 'list'], { env: world.env });
  expect(list.stdout).toMatch(/org-acme +ACME +organization +active +yes/);
});
