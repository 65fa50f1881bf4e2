import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { refusal } from './records.js';
import { sharedServer } from './server/shared-server.js';

const server = sharedServer();

async function storeWithErasure() {
  const schema = server.schema();
  const options = { connectionString: server.url, schema, lockTimeout: 500 };
  const store = await PostgresTrustStore.open(options);
  onTestFinished(() => store.close());
  await store.commit([
    { op: 'put_disclosure', disclosure: { digest: 'd', person: 'person-1', salt: 's', text: '{}' } },
  ]);
  return { schema, store };
}

it('is refused while a transaction from before the erasure can still read the rows, and repeated afterwards', async () => {
  const { schema, store } = await storeWithErasure();
  const reader = new pg.Client({ connectionString: server.url });
  await reader.connect();
  onTestFinished(() => reader.end());
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // It has read another table so far, and so holds no lock on this one.
  await reader.query(`SELECT 1 FROM ${schema}.trail`);
  await store.commit([{ op: 'erase_person', person: 'person-1' }]);
  expect(await refusal(store.compact())).toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('disclosures'),
    evidence: { retryable: true },
  });
  await reader.query('COMMIT');
  await store.compact();
});

it('is refused for a role that does not own the tables, of which the server only warns', async () => {
  const { schema } = await storeWithErasure();
  const role = `compacts_${schema}`;
  await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'only-for-tests'`);
  onTestFinished(async () => void (await server.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
  await server.sql(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  await server.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
  const url = new URL(server.url);
  url.username = role;
  url.password = 'only-for-tests';
  const store = await PostgresTrustStore.open({ connectionString: url.href, schema });
  onTestFinished(() => store.close());
  expect(await refusal(store.compact())).toMatchObject({
    code: 'STORE_FAILED',
    remedy: expect.stringContaining('owns'),
    evidence: { retryable: false },
  });
});
