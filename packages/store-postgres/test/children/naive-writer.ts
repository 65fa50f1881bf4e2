// A naive store, for comparison: read the head, then insert after it, with nothing to hold the place.
import pg from 'pg';

const [connectionString, schema, name, count] = process.argv.slice(2) as [string, string, string, string];
const client = new pg.Client({ connectionString });
await client.connect();
const table = `"${schema}".naive_trail`;
for (let i = 0; i < Number(count); i++) {
  const { rows } = await client.query(`SELECT coalesce(max(sequence), 0)::int AS head FROM ${table}`);
  await client.query(`INSERT INTO ${table} VALUES ($1, $2)`, [rows[0].head + 1, `${name}-${i}`]);
}
await client.end();
