import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { expect, it } from 'vitest';
import { sharedServer } from './server/shared-server.js';

const server = sharedServer();

it('a schema that is missing is not made with `create: false`', async () => {
  const options = { connectionString: server.url, schema: server.schema(), create: false };
  await expect(PostgresTrustStore.open(options)).rejects.toMatchObject({
    code: 'STORE_NOT_FOUND',
    evidence: { schema: options.schema },
  });
  const rows = await server.sql(`SELECT nspname FROM pg_namespace WHERE nspname = '${options.schema}'`);
  expect(rows).toEqual([]);
  await (await PostgresTrustStore.open({ ...options, create: true })).close();
  await (await PostgresTrustStore.open(options)).close();
});

it('`create` and `push` are true or false', async () => {
  for (const wrong of [{ create: 'no' }, { push: 1 }])
    await expect(
      PostgresTrustStore.open({ connectionString: server.url, ...(wrong as object) }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
