import {
  countImports,
  type DumpKind,
  type DumpLine,
  dumpNotImportable,
  durableRunEntry,
  type ImportReport,
  readDump,
  recordOfLine,
  runEntryOf,
  type StoredRun,
  storeNotEmpty,
  type TrailEntry,
} from '@kaizen-eatp/core/store';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import type { Settings } from '../options.js';
import { channelOf, quoteIdentifier } from '../schema/schema-name.js';
import { DUMPED_TABLES, type DumpedTable, isLedgerMoment } from './dumped-tables.js';

const CHUNK = 500;

/** Takes in an export in one transaction, which ends only if its last line says that all is there. */
export async function importJsonLines(
  settings: Settings,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<ImportReport> {
  const s = quoteIdentifier(settings.schema);
  const insert = new Map(DUMPED_TABLES.map((table) => [table.kind, insertInto(s, table)]));
  const { count, report } = countImports();
  const client = await connect(settings, 'upkeep');
  try {
    await client.query('BEGIN');
    await client.query(`SELECT ${s}.take_locks($1)`, [['changes']]);
    for (const { table } of DUMPED_TABLES) await expectEmpty(client, s, table);
    let chunk: DumpLine[] = [];
    const flush = async (): Promise<void> => {
      const kind = chunk[0]?.type;
      if (kind !== undefined) await client.query(insert.get(kind) as string, [JSON.stringify(chunk)]);
      await list(client, s, chunk);
      chunk = [];
    };
    for await (const line of readDump(lines)) {
      if (chunk.length === CHUNK || (chunk[0] && chunk[0].type !== line.type)) await flush();
      chunk.push(line);
      count(line.type);
    }
    await flush();
    await client.query('SELECT pg_catalog.pg_notify($1, $2)', [channelOf(settings.schema), '']);
    await client.query('COMMIT');
    return report;
  } catch (error) {
    if ((error as { code?: string }).code === '23505') throw dumpNotImportable('every id once', error);
    throw error;
  } finally {
    destroy(client);
  }
}

/** The list of runs is made from the records, so a dump has none. */
async function list(client: Client, s: string, chunk: readonly DumpLine[]): Promise<void> {
  if (chunk[0]?.type === 'anchor') {
    const entries = chunk.flatMap((line) => {
      const { trailId, sequence, agentId, text } = recordOfLine<TrailEntry>(line);
      const noted = runEntryOf(trailId, agentId, text);
      return noted ? [{ trailId, sequence, agentId, noted }] : [];
    });
    await client.query(
      `SELECT ${s}.list_entry(e->>'trailId', (e->>'sequence')::bigint, e->>'agentId', e->'noted')
       FROM pg_catalog.jsonb_array_elements($1) WITH ORDINALITY AS each (e, place) ORDER BY place`,
      [JSON.stringify(entries)],
    );
  }
  if (chunk[0]?.type === 'run') {
    const runs = chunk.map((line) => recordOfLine<StoredRun>(line));
    await client.query(
      `SELECT ${s}.list_run(r->'run', r->'noted')
       FROM pg_catalog.jsonb_array_elements($1) WITH ORDINALITY AS each (r, place) ORDER BY place`,
      [JSON.stringify(runs.map((run) => ({ run, noted: durableRunEntry(run) })))],
    );
  }
}

async function expectEmpty(client: Client, s: string, table: string): Promise<void> {
  await client.query(`LOCK TABLE ${s}.${table} IN SHARE ROW EXCLUSIVE MODE`);
  const { rowCount } = await client.query(`SELECT 1 FROM ${s}.${table} LIMIT 1`);
  if (rowCount !== 0)
    throw storeNotEmpty(`rows in ${table}`, { table, retryable: false, outcome: 'nothing_written' });
}

/** Converts fields of a line for SQL, where they are not strings or can be missing. */
function sqlFor(kind: DumpKind, field: string): string {
  const text = `line->>'${field}'`;
  if (field === 'sequence' || field === 'attempt' || field === 'place') return `(${text})::bigint`;
  if (field === 'active') return `(${text})::boolean`;
  if (isLedgerMoment(kind, field))
    return `CASE WHEN line->>'status' NOT IN ('in_force', 'offered') THEN coalesce((${text})::timestamptz, pg_catalog.now()) END`;
  return text;
}

/** Rows keep the order of their lines. */
function insertInto(s: string, { kind, table, fields }: DumpedTable): string {
  const change = `pg_catalog.nextval('${s}.change_sequence')`;
  const more: Readonly<Partial<Record<DumpKind, Readonly<Record<string, string>>>>> = {
    authority: { version: change },
    chain: { version: change },
    statement: { seq: change },
    archived_delegation: {
      seq: `pg_catalog.nextval(pg_catalog.pg_get_serial_sequence('${s}.delegations', 'seq'))`,
    },
    revocation: { seq: change },
  };
  const given = more[kind] ?? {};
  const values = [...fields.map((field) => sqlFor(kind, field)), ...Object.values(given)];
  return `INSERT INTO ${s}.${table} (${[...fields, ...Object.keys(given)].join(', ')})
    SELECT ${values.join(', ')} FROM pg_catalog.jsonb_array_elements($1) WITH ORDINALITY AS each (line, place) ORDER BY place`;
}
