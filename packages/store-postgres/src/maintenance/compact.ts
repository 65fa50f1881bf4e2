import type { CompactReport } from '@kaizen-eatp/core/store';
import { connect, destroy } from '../connection/connections.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';

/** The tables from which personal data is erased. All others hold records that stay. */
const ERASABLE = ['disclosures', 'steps', 'deliveries', 'runs'];

/** Rewrites the tables from which personal data is erased: until then, deleted rows stay in their files. */
export async function compact(settings: Settings): Promise<CompactReport> {
  const s = quoteIdentifier(settings.schema);
  const tables = ERASABLE.map((table) => `${s}.${table}`);
  const client = await connect(settings, 'upkeep');
  const size = async (): Promise<number> => {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(name::regclass))::text AS bytes
       FROM pg_catalog.unnest($1::text[]) AS name`,
      [tables],
    );
    return Number(rows[0]?.bytes);
  };
  try {
    const bytesBefore = await size();
    // The time of a large table is no reason to give up.
    await client.query("SELECT pg_catalog.set_config('statement_timeout', '0', false)");
    for (const table of tables)
      await client.query({ text: `VACUUM (FULL) ${table}`, query_timeout: 0 } as never);
    return { bytesBefore, bytesAfter: await size() };
  } finally {
    destroy(client);
  }
}
