import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The places and the setup with which the suite tries a store: in one process, since others take seconds to start. @param server - the URL of a PostgreSQL server. */
export function placesOf(part, stores, { server, place }) {
  const abilities = { shared: true, durableRuns: true };
  const lasting = { ...abilities, reopen: true, maintenance: true };
  switch (part) {
    case 'memory':
      return {
        factory: () => {
          const store = new stores.MemoryTrustStore();
          return { open: () => store };
        },
        setup: { abilities },
      };
    case 'sqlite':
      return {
        factory: () => {
          const path = join(mkdtempSync(join(place, 'sqlite-')), 'trust.db');
          return {
            open: () => stores.SqliteTrustStore.open({ path }),
            dispose: () => rmSync(path, { force: true }),
          };
        },
        setup: { abilities: lasting },
      };
    default:
      return {
        factory: () => inSchema(stores, server),
        setup: { abilities: { ...lasting, watchWithin: 100 } },
      };
  }
}

let schemas = 0;

function inSchema({ PostgresTrustStore }, connectionString) {
  const schema = `mutant_${process.pid}_${schemas++}`;
  const names = new Map();
  const sql = async (text, values) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      await client.query(text, values);
    } finally {
      await client.end();
    }
  };
  return {
    async open() {
      const applicationName = `${schema}_${names.size}`;
      const store = await PostgresTrustStore.open({ connectionString, schema, applicationName });
      names.set(store, applicationName);
      return store;
    },
    crash: (store) =>
      sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1', [
        `${names.get(store)}:%`,
      ]),
    dispose: () => sql(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`),
  };
}

const pg = createRequire(new URL('../../packages/store-postgres/package.json', import.meta.url))('pg');

/** A folder for what the mutants write. */
export const scratch = () => mkdtempSync(join(tmpdir(), 'kaizen-eatp-mutants-'));
