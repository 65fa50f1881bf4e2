import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { EmbeddedServer } from '../../../packages/store-postgres/test/server/embedded-server.ts';
import { countRun } from './count-run.js';
import { ROW } from './measure-store.js';

/** @param {{ connectionString: string, schema: string }} place */
export const open = ({ connectionString, schema }) => PostgresTrustStore.open({ connectionString, schema });

/** @returns {Promise<import('./measure-store.js').MeasuredStore>} on an embedded server, or that of `DATABASE_URL` */
export async function setup() {
  const server = process.env.DATABASE_URL ? undefined : await EmbeddedServer.start();
  const connectionString = process.env.DATABASE_URL ?? server?.url;
  const schemas = ['empty', 'full'].map((schema) => `bench_${process.pid}_${schema}`);
  const [empty, full] = await Promise.all(
    schemas.map((schema) => PostgresTrustStore.open({ connectionString, schema })),
  );
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`CREATE TABLE ${schemas[0]}.bare (id bigserial PRIMARY KEY, text text NOT NULL)`);
  const bare = { name: 'bare', text: `INSERT INTO ${schemas[0]}.bare (text) VALUES ($1)`, values: [ROW] };
  return {
    empty,
    full,
    place: { connectionString, schema: schemas[0] },
    insert: () => client.query(bare),
    fill: (trails) => fill(client, `${schemas[1]}.trail`, trails),
    countRun: () => countRun(empty),
    async close() {
      await Promise.all([empty.close(), full.close()]);
      for (const schema of schemas) await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
      await server?.stop();
    },
  };
}

const CHUNK = 100;

/** @param {pg.Client} client @param {string} table @param {Iterable<import('./measure-store.js').Entry[]>} trails */
async function fill(client, table, trails) {
  const insert = `INSERT INTO ${table} (trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text)
    SELECT t->>'trailId', (t->>'sequence')::bigint, t->>'previousHash', t->>'hash', t->>'anchorId', t->>'agentId',
      t->>'text'
    FROM jsonb_array_elements($1) AS t`;
  /** @type {import('./measure-store.js').Entry[][]} */
  let chunk = [];
  const flush = async () => {
    await client.query(insert, [JSON.stringify(chunk.flat())]);
    chunk = [];
  };
  await client.query('SET synchronous_commit = off');
  for (const trail of trails) if (chunk.push(trail) === CHUNK) await flush();
  await flush();
  await client.query('SET synchronous_commit = on');
  await client.query(`VACUUM ANALYZE ${table}`);
  await client.query('CHECKPOINT');
}
