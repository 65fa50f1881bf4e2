import {
  InMemoryKeyManager,
  type OrchestrationResult,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { afterEach, expect, it } from 'vitest';
import { openIntent } from '../../core/test/trust/open-intent.ts';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const stores: PostgresTrustStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** The keys of every process instance. */
const keyManager = new InMemoryKeyManager();

async function world(schema = server.schema()) {
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema });
  stores.push(store);
  const trust = new TrustOperations({ store, keyManager });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents = {
    alice: new TrustedAgent({ name: 'alice', agent: (input: unknown) => `${input}, read by alice`, trust }),
    bob: new TrustedAgent({ name: 'bob', agent: (input: unknown) => `${input}, read by bob`, trust }),
  };
  for (const agent of Object.values(agents))
    await agent.establishTrust({ authorityId, capabilities: ['read'] });
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  return { schema, store, trust, agents, runtime };
}

it('carries runs from start to end, with a trail that verifies and a receipt', async () => {
  const { trust, runtime, store } = await world();
  const result = await runtime.execute('a letter', { pattern: 'sequential' });
  expect(result.result).toBe('a letter, read by alice, read by bob');
  expect(await trust.verifyTrail(result.runId)).toEqual({
    state: 'ended',
    valid: true,
    entries: result.auditTrail.length,
    problems: [],
  });
  const receipt = await result.receipt();
  expect(await verifyReceipt(receipt)).toMatchObject({ verdict: 'consistent' });
  expect(await store.openIntents()).toEqual([]);
  expect(await store.findDelegations({ runId: result.runId, status: 'in_force' })).toEqual([]);
});

it('carries many runs at once, each with a trail of its own', async () => {
  const { trust, runtime } = await world();
  const results: OrchestrationResult[] = await Promise.all(
    Array.from({ length: 64 }, (_, i) => runtime.execute(`letter ${i}`, { pattern: 'sequential' })),
  );
  expect(results.map(({ result }) => result)).toEqual(
    results.map((_, i) => `letter ${i}, read by alice, read by bob`),
  );
  for (const { runId } of results) expect((await trust.verifyTrail(runId)).valid).toBe(true);
});

it('is read by another process instance, which can go on with what is stored', async () => {
  const { schema, trust, runtime } = await world();
  const { runId } = await runtime.execute('a letter', { pattern: 'sequential' });
  const other = await PostgresTrustStore.open({ connectionString: server.url, schema });
  stores.push(other);
  const elsewhere = new TrustOperations({ store: other, keyManager });
  expect((await elsewhere.verifyTrail(runId)).valid).toBe(true);
  expect(await elsewhere.verify({ agentId: 'agent-alice', action: 'read' })).toMatchObject({ valid: true });
  await elsewhere.revoke({ agentId: 'agent-alice', reason: 'left' });
  expect((await trust.verify({ agentId: 'agent-alice', action: 'read' })).denial?.code).toBe('REVOKED');
});

it('archives what ended runs left in the ledger, and breaks no trail and no receipt', async () => {
  const { store, trust, runtime } = await world();
  const results = await Promise.all(
    Array.from({ length: 5 }, () => runtime.execute('a letter', { pattern: 'sequential' })),
  );
  expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 5 });
  for (const result of results) {
    expect(await store.findDelegations({ runId: result.runId })).toEqual([]);
    expect((await trust.verifyTrail(result.runId)).valid).toBe(true);
    expect(await verifyReceipt(await result.receipt())).toMatchObject({
      verdict: 'consistent',
      problems: [],
    });
  }
  expect((await store.doctor()).healthy).toBe(true);
});

it('closes what a crash left open, as partial with outcome unknown', async () => {
  const { store, trust } = await world();
  await openIntent(trust, 'run-crashed/1', { trailId: 'run-crashed', agentId: 'agent-alice' });
  expect(await trust.recover()).toEqual(['run-crashed/1']);
  expect(await store.openIntents()).toEqual([]);
  const [entry] = await store.readTrail('run-crashed');
  expect(JSON.parse(entry?.text ?? '')).toMatchObject({ result: 'partial', context: { outcome: 'unknown' } });
  expect(await trust.verifyTrail('run-crashed')).toMatchObject({ state: 'open', problems: [] });
});

it('believes nothing that another program wrote into its rows', async () => {
  const { schema, trust, runtime, store } = await world();
  const { runId } = await runtime.execute('a letter', { pattern: 'sequential' });
  expect((await store.doctor()).healthy).toBe(true);

  await server.sql(
    `UPDATE "${schema}".trail SET text = replace(text, 'success', 'failure') WHERE trail_id = $1 AND sequence = 1`,
    [runId],
  );
  await server.sql(
    `UPDATE "${schema}".chains SET text = replace(text, '"read"', '"rule"') WHERE agent_id = 'agent-alice'`,
  );
  await server.sql(`UPDATE "${schema}".chains SET text = 'not a chain at all' WHERE agent_id = 'agent-bob'`);
  await server.sql(`UPDATE "${schema}".delegations SET delegatee_id = 'agent-mallory', status = 'in_force'`);
  await server.sql(
    `INSERT INTO "${schema}".trail SELECT trail_id, sequence + 5, previous_hash, hash, 'aud-forged', agent_id, text
     FROM "${schema}".trail WHERE trail_id = $1 AND sequence = 2`,
    [runId],
  );
  const { valid, problems } = await trust.verifyTrail(runId);
  expect(valid).toBe(false);
  expect(problems.map(({ code }) => code)).toEqual(expect.arrayContaining(['LINK_BROKEN', 'GAP']));
  expect((await trust.verify({ agentId: 'agent-alice', action: 'rule' })).valid).toBe(false);
  expect((await trust.verify({ agentId: 'agent-bob', action: 'read' })).denial?.code).toBe('CHAIN_MALFORMED');

  const report = await store.doctor();
  expect(report.healthy).toBe(false);
  const found = new Set(report.findings.map(({ code, subject }) => `${code} ${subject}`));
  expect(found).toContain(`TRAIL_LINK_BROKEN ${runId}`);
  expect(found).toContain('CHAIN_SIGNATURE agent-alice');
  expect(found).toContain('CHAIN_UNREADABLE agent-bob');
  expect([...found].some((each) => each.startsWith('DELEGATION_MISPLACED'))).toBe(true);
});
