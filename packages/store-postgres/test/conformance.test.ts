import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { formatReport, trustStoreConformance } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();

it('keeps the contract of trust stores, shared and reopened', async () => {
  const factory = () => {
    const schema = server.schema();
    let opened = 0;
    const names = new Map<unknown, string>();
    return {
      argument: { connectionString: server.url, schema },
      async open() {
        const applicationName = `${schema}_${opened++}`;
        const store = await PostgresTrustStore.open({
          connectionString: server.url,
          schema,
          applicationName,
        });
        names.set(store, applicationName);
        return store;
      },
      // A process that dies leaves its sessions to the server, which ends them.
      async crash(store: unknown) {
        await server.sql(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
          [`${names.get(store)}:%`],
        );
      },
    };
  };
  const report = await trustStoreConformance(factory, {
    name: 'postgres',
    abilities: { shared: true, reopen: true, maintenance: true, durableRuns: true, watchWithin: 100 },
    module: new URL('./open-elsewhere.mjs', import.meta.url),
  });
  expect(report.passed, formatReport(report)).toBe(true);
  expect(report.findings.length).toBeGreaterThanOrEqual(28);
});
