import { randomUUID } from 'node:crypto';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { trustWorld } from '@kaizen-eatp/testing';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { addDelegation, entryAfter, firstOf, putChain, revokeAgent } from './records.js';
import { sharedServer } from './server/shared-server.js';

const server = sharedServer();

/**
 * Functions whose parameters fit some call better than those of PostgreSQL's own functions of the same name do, or
 * exactly as well, with the type that each returns.
 */
const TRAPS: readonly (readonly [signature: string, returns: string, value: string])[] = [
  ['hashtextextended(text, integer)', 'bigint', '1'],
  ['jsonb_build_object(text, text, text, text)', 'jsonb', "'{}'"],
  ['jsonb_array_elements(jsonb)', 'SETOF jsonb', "'{}'"],
  ['unnest(text[])', 'SETOF text', "''"],
  ['cardinality(bigint[])', 'integer', '0'],
  ['pg_notify(text, text)', 'void', ''],
  ['set_config(text, text, boolean)', 'text', "''"],
  ['current_setting(text)', 'text', "'on'"],
  ['convert_to(text, name)', 'bytea', "''"],
  ['convert_to(text, text)', 'bytea', "''"],
  ['sha256(bytea)', 'bytea', "''"],
  ['encode(bytea, text)', 'text', "''"],
  ['to_char(timestamp, text)', 'text', "''"],
  ['replace(text, text, text)', 'text', "''"],
  ['left(text, integer)', 'text', "''"],
  ['nextval(regclass)', 'bigint', '1'],
  ['nextval(text)', 'bigint', '1'],
  ['now()', 'timestamptz', "'2026-01-01'"],
  ['pg_advisory_xact_lock(bigint)', 'void', ''],
];

const OPERATORS: readonly (readonly [name: string, left: string, right: string, returns: string])[] = [
  ['||', 'text', 'bigint', 'text'],
  ['||', 'bigint[]', 'bigint', 'bigint[]'],
  ['=', 'text', 'text', 'boolean'],
  ['->>', 'jsonb', 'text', 'text'],
  ['>', 'bigint', 'bigint', 'boolean'],
];

/** A database in which a role without any right on the store has put traps into `public`. */
async function hostileDatabase(): Promise<{
  url: string;
  caught(): Promise<string[]>;
  tempt(): Promise<void>;
}> {
  const name = `hostile_${randomUUID().replaceAll('-', '')}`;
  await server.sql(`CREATE DATABASE ${name}`);
  await server.sql(`CREATE ROLE mallory_${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  onTestFinished(async () => {
    await admin.end();
    await server.sql(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.sql(`DROP ROLE mallory_${name}`);
  });
  await admin.query(`GRANT CREATE ON SCHEMA public TO mallory_${name}`);
  await admin.query(`ALTER DATABASE ${name} SET search_path = public, pg_catalog`);
  await admin.query(`SET ROLE mallory_${name}`);
  await admin.query('SET search_path = pg_catalog');
  for (const [i, [signature, returns, value]] of TRAPS.entries()) {
    // A sequence keeps its number when the transaction is undone.
    await admin.query(`CREATE SEQUENCE public.trap_${i}`);
    await admin.query(`GRANT ALL ON SEQUENCE public.trap_${i} TO PUBLIC`);
    await admin.query(`CREATE FUNCTION public.${signature} RETURNS ${returns} LANGUAGE plpgsql SET search_path = pg_catalog
      AS $$ BEGIN PERFORM pg_catalog.nextval('public.trap_${i}'::pg_catalog.regclass);
      ${returns.startsWith('SETOF') ? 'RETURN' : `RETURN ${value}`}; END $$`);
  }
  // Every user of a server can take advisory locks, so nothing may wait for one.
  for (const lock of ['changes', 'owners'])
    await admin.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`eatp:eatp:${lock}`]);
  await admin.query('CREATE SEQUENCE public.trap_operator');
  await admin.query('GRANT ALL ON SEQUENCE public.trap_operator TO PUBLIC');
  for (const [i, [operator, left, right, returns]] of OPERATORS.entries()) {
    await admin.query(`CREATE FUNCTION public.operator_${i}(${left}, ${right}) RETURNS ${returns}
      LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN
      PERFORM pg_catalog.nextval('public.trap_operator'::pg_catalog.regclass); RETURN NULL; END $$`);
    await admin.query(
      `CREATE OPERATOR public.${operator} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public.operator_${i})`,
    );
  }
  const traps = ['operator', ...TRAPS.keys()].map((i) => `trap_${i}`);
  return {
    url: url.href,
    caught: async () => {
      const { rows } = await admin.query<{ name: string }>(
        traps
          .map((trap) => `SELECT '${trap}' AS name FROM public.${trap} WHERE is_called`)
          .join(' UNION ALL '),
      );
      return rows.map((row) => (TRAPS[Number(row.name.slice(5))] ?? [row.name])[0]);
    },
    /** Does what a client without care does. */
    tempt: async () => {
      const careless = await connected(url);
      await careless.query("SELECT hashtextextended('x', 0), sha256('x'), 'a'::text || 1::bigint");
    },
  };
}

it('runs no function or operator that another role put into public, whatever the search path', async () => {
  const { url, caught, tempt } = await hostileDatabase();
  const open = async (schema: string): Promise<PostgresTrustStore> => {
    const store = await PostgresTrustStore.open({ connectionString: url, schema, pollInterval: 20 });
    onTestFinished(() => store.close());
    return store;
  };
  const store = await open('eatp');
  const events: unknown[] = [];
  store.watch((event) => events.push(event));
  const { runtime, trust } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
  await runtime([sequential]).execute('Zoë', { pattern: 'sequential' });
  await store.commit([addDelegation('del-1', { person: 'person-1' }), firstOf('shared', 'aud-1')]);
  await store.commit([
    { op: 'put_disclosure', disclosure: { digest: 'd', person: 'person-1', salt: 's', text: '{}' } },
    { op: 'close_delegations', taskId: 'task-1', delegatorId: 'agent-alice' },
    { op: 'revoke', revocation: { kind: 'person', subjectId: 'person-1', reason: 'left', at: 'x' } },
  ]);
  await Promise.all([
    ...['a', 'b'].map((id) => store.commit([putChain(`agent-${id}`)])),
    expect(store.commit([putChain('agent-alice')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' }),
    expect(store.commit([addDelegation('del-1')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' }),
  ]);
  await store.commit([revokeAgent('agent-a'), { op: 'erase_person', person: 'person-1' }]);
  expect((await trust.verify({ agentId: 'agent-bob', action: 'work', level: 'full' })).valid).toBe(true);
  expect(await store.findDelegations({ person: 'person-1' })).toHaveLength(1);
  expect(await store.readTrail('shared')).toHaveLength(1);
  await store.doctor();
  await store.archive({ minimumAge: 0 });
  const copy = await open('copy');
  await copy.importJsonLines(store.exportJsonLines());
  expect(await copy.listChains()).toHaveLength(4);
  expect(events.length).toBeGreaterThan(3);
  expect(await caught()).toEqual([]);
  // Nor through a session whose search path was not set, as a pooler may hand out.
  const session = await connected(new URL(url));
  const batchOf = (trailId: string) => [
    { op: 'append_anchor', ...entryAfter(trailId, undefined, 'aud-2') },
    {
      op: 'put_chain',
      agentId: 'agent-c',
      text: '{}',
      authorityId: 'org-acme',
      expiresAt: null,
      ifVersion: null,
    },
    { op: 'close_delegations', runId: 'run-1' },
  ];
  const locks = ['owners', 'changes'];
  await session.query('SELECT eatp.apply_one($1, $2)', [JSON.stringify(batchOf('run-x')), locks]);
  await session.query('SELECT * FROM eatp.apply_batches($1, $2)', [
    JSON.stringify([batchOf('run-y'), batchOf('run-z')]),
    locks,
  ]);
  expect(await caught()).toEqual([]);

  await tempt();
  expect(await caught()).toEqual(
    expect.arrayContaining(['trap_operator', 'hashtextextended(text, integer)', 'sha256(bytea)']),
  );
});

async function connected(url: URL): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url.href });
  onTestFinished(() => client.end());
  await client.connect();
  return client;
}
