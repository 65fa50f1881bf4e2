import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type KeyManager, receiptOf, TrustOperations } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { trustWorld } from '@kaizen-eatp/testing';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { deploymentOf } from '../../core/src/trust/deployment-of.js';
import { firstOf, refusal } from './records.js';
import { sharedServer } from './server/shared-server.js';

const server = sharedServer();
const DAVE = {
  humanId: 'dave',
  displayName: 'Dave',
  authProvider: 'oidc',
  sessionId: 's-1',
  authenticatedAt: '2026-01-05T11:03:59+00:00',
};

const SUBMITTED = '2026-01-05T11:03:59+00:00';
const addRun = (runId: string): StoreWrite => ({
  op: 'add_run',
  run: {
    ...{ runId, parentRunId: null, pattern: 'sequential', person: null, state: 'queued', request: 'sealed' },
    ...{ outcome: null, note: null, owner: null, wakeAt: null, cancel: null },
    ...{ submittedAt: SUBMITTED, updatedAt: SUBMITTED },
  },
});

/** The statements that the README gives to operators, with names of this test. */
function grants(schema: string, worker: string, auditor: string): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, sql] = /```sql\n([\s\S]*?GRANT[\s\S]*?)```/.exec(readme) ?? [];
  return (sql as string)
    .replaceAll('eatp_worker', worker)
    .replaceAll('eatp_auditor', auditor)
    .replaceAll('eatp.', `${schema}.`)
    .replaceAll('SCHEMA eatp', `SCHEMA ${schema}`);
}

async function roles() {
  const schema = server.schema();
  const tag = randomUUID().replaceAll('-', '');
  const [worker, auditor] = [`worker_${tag}`, `auditor_${tag}`];
  for (const role of [worker, auditor])
    await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'only-for-tests'`);
  const owner = await PostgresTrustStore.open({ connectionString: server.url, schema });
  await server.sql(grants(schema, worker, auditor));
  const stores: PostgresTrustStore[] = [owner];
  const urlOf = (role: string): string => {
    const url = new URL(server.url);
    url.username = role;
    url.password = 'only-for-tests';
    return url.href;
  };
  const open = async (role: string): Promise<PostgresTrustStore> => {
    const store = await PostgresTrustStore.open({ connectionString: urlOf(role), schema });
    stores.push(store);
    return store;
  };
  const sqlAs = async (role: string, text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf(role) });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };
  onTestFinished(async () => {
    for (const store of stores) await store.close();
    for (const role of [worker, auditor]) await server.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  return { schema, worker, auditor, owner, open, sqlAs };
}

it('a worker runs agents, recovers, revokes and erases with the privileges of the README, and rewrites no record', async () => {
  const { schema, worker, auditor, owner, open, sqlAs } = await roles();
  const store = await open(worker);
  const { trust, roots, runtime } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
  const stop = store.watch(() => undefined);
  const run = await runtime([sequential]).execute('x', { pattern: 'sequential', humanOrigin: DAVE });
  await trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success' });
  await trust.reattest({ agentId: 'agent-bob', capabilities: ['more'] });
  const leave = await store.announceOwner('00000000-0000-4000-8000-000000000000');
  await leave();
  await trust.recover();
  await store.commit([{ op: 'retire_owner', owner: 'gone' }]);
  expect(await trust.erase('dave')).toMatchObject({ disclosures: 1 });
  await store.commit([addRun('run-durable')]);
  await store.commit([{ op: 'claim_run', runId: 'run-durable', owner: 'owner', at: SUBMITTED }]);
  await trust.revoke({ agentId: 'agent-bob', reason: 'left' });
  stop();
  for (const table of [
    'trail',
    'statements',
    'earlier_chains',
    'archived_delegations',
    'run_list',
    'run_marks',
  ]) {
    for (const change of [`DELETE FROM ${schema}.${table}`, `TRUNCATE ${schema}.${table}`])
      await expect(sqlAs(worker, change), change).rejects.toThrow(/permission denied/);
  }
  await expect(sqlAs(worker, `UPDATE ${schema}.trail SET text = ''`)).rejects.toThrow(/permission denied/);
  await expect(sqlAs(worker, `UPDATE ${schema}.statements SET text = ''`)).rejects.toThrow(
    /permission denied/,
  );
  // The server only warns about tables that are not those of the role that compacts them.
  await owner.compact();

  const reading = await open(auditor);
  const keyManager: KeyManager = deploymentOf(trust).keyManager;
  const audit = new TrustOperations({ store: reading, keyManager });
  expect(await audit.verifyTrail(run.runId)).toMatchObject({ state: 'ended', valid: true });
  const receipt = await receiptOf(audit, run.runId);
  const authorities = Object.fromEntries(roots.map(({ id, publicKey }) => [id, publicKey]));
  expect((await verifyReceipt(receipt, { authorities })).problems).toEqual([]);
  expect((await reading.doctor()).findings).toEqual([]);
  const listed = (await audit.listRuns()).runs.map(({ runId, state }) => [runId, state]);
  expect(listed).toEqual([
    [run.runId, 'succeeded'],
    ['run-durable', 'running'],
  ]);
  let lines = 0;
  for await (const _line of reading.exportJsonLines()) lines += 1;
  expect(lines).toBeGreaterThan(5);
  expect((await refusal(reading.commit([firstOf('shared', 'aud-1')]))).code).toBe('STORE_FAILED');
  expect(await trust.rotateKey({ authorityId: roots[0]?.id as string })).toMatchObject({
    agents: expect.arrayContaining(['agent-alice']),
  });
});

it('a worker without any privilege learns what is missing', async () => {
  const { schema, auditor } = await roles();
  await server.sql(`REVOKE ALL ON SCHEMA ${schema} FROM ${auditor}`);
  const url = new URL(server.url);
  url.username = auditor;
  const opening = PostgresTrustStore.open({ connectionString: url.href, schema });
  expect(await refusal(opening)).toMatchObject({
    code: 'STORE_FAILED',
    remedy: expect.stringContaining('Grant'),
  });
});
