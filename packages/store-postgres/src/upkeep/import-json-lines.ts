import { MalformedRecordError, StoreError } from '@kaizen-eatp/core';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import type { Settings } from '../options.js';
import { channelOf, quoteIdentifier } from '../schema/schema-name.js';
import { checkedLines, type Line } from './checked-lines.js';
import { LINE_KINDS } from './json-lines.js';

export interface ImportReport {
  /** Lines taken in, by their type. */
  readonly imported: Readonly<Record<string, number>>;
}

const CHUNK = 500;

/** Takes in an export in one transaction, which ends only if its last line says that all is there. */
export async function importJsonLines(
  settings: Settings,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<ImportReport> {
  const s = quoteIdentifier(settings.schema);
  const insert = statements(s);
  const imported: Record<string, number> = {};
  const client = await connect(settings, 'upkeep');
  try {
    await client.query('BEGIN');
    await client.query(`SELECT ${s}.take_locks($1)`, [['changes']]);
    for (const { table } of LINE_KINDS) await expectEmpty(client, s, table);
    let chunk: Line[] = [];
    const flush = async (): Promise<void> => {
      const type = chunk[0]?.type;
      if (type === undefined) return;
      await client.query(insert[type] as string, [JSON.stringify(chunk)]);
      imported[type] = (imported[type] ?? 0) + chunk.length;
      chunk = [];
    };
    for await (const line of checkedLines(lines)) {
      if (chunk.length === CHUNK || (chunk[0] && chunk[0].type !== line.type)) await flush();
      chunk.push(line);
    }
    await flush();
    await client.query('SELECT pg_notify($1, $2)', [channelOf(settings.schema), '']);
    await client.query('COMMIT');
    return { imported };
  } catch (error) {
    throw ['23505', '23514'].includes((error as { code?: string }).code ?? '') ? notUnique(error) : error;
  } finally {
    destroy(client);
  }
}

const notUnique = (cause: unknown): MalformedRecordError =>
  new MalformedRecordError('MALFORMED_RECORD', 'The export cannot be taken in', {
    expected: 'every id once, and words that the format knows',
    received: (cause as Error).message,
    remedy: 'Nothing was imported. Export the store again, and see that the file arrives whole.',
    cause,
  });

async function expectEmpty(client: Client, s: string, table: string): Promise<void> {
  await client.query(`LOCK TABLE ${s}.${table} IN SHARE ROW EXCLUSIVE MODE`);
  const { rowCount } = await client.query(`SELECT 1 FROM ${s}.${table} LIMIT 1`);
  if (rowCount === 0) return;
  throw new StoreError('STORE_CONFLICT', 'An export is taken into an empty store only', {
    received: `rows in ${table}`,
    remedy: 'Open the store with a `schema` of its own and import there.',
    evidence: { table, retryable: false, outcome: 'nothing_written' },
  });
}

/** Which fields of a line go to which columns, for each type. Rows keep the order of their lines. */
function statements(s: string): Readonly<Record<string, string>> {
  const ledger = [
    'delegation_id',
    'task_id',
    'run_id',
    'delegator_id',
    'delegatee_id',
    'parent_delegation_id',
  ];
  const row = (
    table: string,
    columns: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): string => {
    const values = columns.map((column) => `line->>'${camel(column)}'`);
    return `INSERT INTO ${s}.${table} (${[...columns, ...Object.keys(more)].join(', ')})
      SELECT ${[...values, ...Object.values(more)].join(', ')}
      FROM jsonb_array_elements($1) WITH ORDINALITY AS each (line, place) ORDER BY place`;
  };
  const next = `nextval('${s}.change_sequence')`;
  const ended = "CASE WHEN line->>'status' = 'in_force' THEN NULL ELSE now() END";
  const entry = [...ledger, 'human_id', 'text', 'status'];
  return {
    authority: row('authorities', ['authority_id', 'text'], { version: next }),
    chain: row('chains', ['agent_id', 'text', 'authority_id', 'expires_at', 'ended_at'], {
      active: "(line->>'active')::boolean",
      version: next,
    }),
    delegation: row('delegations', entry, { ended_at: ended }),
    archived_delegation: row('archived_delegations', entry, {
      ended_at: ended,
      seq: `nextval(pg_get_serial_sequence('${s}.delegations', 'seq'))`,
    }),
    anchor: row('trail', ['trail_id', 'previous_hash', 'hash', 'anchor_id', 'agent_id', 'text'], {
      sequence: "(line->>'sequence')::bigint",
    }),
    intent: row('intents', [
      'invocation_id',
      'trail_id',
      'task_id',
      'agent_id',
      'action',
      'resource',
      'delegation_id',
      'human_id',
      'input_digest',
      'owner',
      'opened_at',
    ]),
    revocation: row('revocations', ['kind', 'subject_id', 'reason', 'at'], { seq: next }),
  };
}

const camel = (column: string): string =>
  column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
