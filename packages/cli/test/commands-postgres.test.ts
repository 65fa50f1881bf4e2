import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { expect, it } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
import { kaizen, resultIn } from './support/kaizen.js';
import { describeScript } from './support/run-script.js';
import { makeWorld, type World } from './support/world.js';

const server = sharedServer();
let schema = '';

describeScript(
  'PostgreSQL',
  async (): Promise<World> => {
    schema = server.schema();
    return makeWorld(`postgres:${server.url}`, schema);
  },
  () => PostgresTrustStore.open({ connectionString: server.url, schema }),
);

it('takes the schema of a PostgreSQL store from --schema', async () => {
  const world = makeWorld(`postgres:${server.url}`);
  const other = server.schema();
  const created = await kaizen(['init', '--name', 'ACME', '--schema', other, '--json'], { env: world.env });
  expect(created, created.stdout).toMatchObject({ code: 0 });
  const listed = await kaizen(['authority', 'list', '--json', '--schema', other], { env: world.env });
  expect(resultIn(listed)).toMatchObject({ total: 1 });
  const elsewhere = { ...world.env, KAIZEN_EATP_SCHEMA: server.schema() };
  // A misspelt name is no empty store, and reading makes none.
  for (const call of [['authority', 'list'], ['doctor'], ['trail', 'verify', '--all']]) {
    const missing = await kaizen([...call, '--json'], { env: elsewhere });
    expect(missing, missing.stdout).toMatchObject({ code: 3 });
    expect(JSON.parse(missing.stdout).error).toMatchObject({ code: 'STORE_NOT_FOUND' });
  }
  const made = await server.sql('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
    elsewhere.KAIZEN_EATP_SCHEMA,
  ]);
  expect(made).toEqual([]);
  world.remove();
});
