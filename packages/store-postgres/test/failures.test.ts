import { setTimeout as sleep } from 'node:timers/promises';
import {
  PostgresTrustStore,
  type PostgresTrustStoreOptions,
  SCHEMA_VERSION,
} from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { addDelegation, entryAfter, firstOf, putChain, refusal } from './records.ts';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(options: Partial<PostgresTrustStoreOptions> = {}): Promise<PostgresTrustStore> {
  const store = await PostgresTrustStore.open({
    connectionString: server.url,
    schema: server.schema(),
    ...options,
  });
  opened.push(store);
  return store;
}

/** A session that holds a table until it is closed. */
async function holdTable(schema: string, table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`LOCK TABLE "${schema}".${table} IN ACCESS EXCLUSIVE MODE`);
  opened.unshift({ close: () => client.end() });
  return client;
}

describe('opening', () => {
  it('says that nothing listens at the address, and that it may later', async () => {
    const error = await refusal(
      PostgresTrustStore.open({ connectionString: 'postgres://a:b@127.0.0.1:1/c' }),
    );
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      evidence: { retryable: true, sqlState: 'ECONNREFUSED' },
    });
    expect(error.remedy).toMatch(/connectionString/);
  });

  it('says that the password is wrong, without saying it', async () => {
    const url = new URL(server.url);
    url.password = 'hunter2-secret';
    const error = await refusal(PostgresTrustStore.open({ connectionString: url.href }));
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { retryable: false, sqlState: '28P01' } });
    expect(`${error.message} ${JSON.stringify(error.evidence)}`).not.toContain('hunter2');
    expect(error.remedy).toMatch(/password/);
  });

  it('says that there is no such database', async () => {
    const url = new URL(server.url);
    url.pathname = '/nowhere';
    const error = await refusal(PostgresTrustStore.open({ connectionString: url.href }));
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { sqlState: '3D000' } });
  });

  it('passes TLS options on: a server without TLS is refused, not used in the clear', async () => {
    const error = await refusal(PostgresTrustStore.open({ connectionString: server.url, ssl: true }));
    expect(error.code).toBe('STORE_FAILED');
    expect(error.message).toMatch(/SSL/);
  });

  it.each(['eatp"; DROP SCHEMA public; --', 'a b', '', 'pg_catalog', '1st', 'ünder', 'x'.repeat(49)])(
    'refuses %j as a name for a schema',
    async (schema) => {
      const error = await refusal(PostgresTrustStore.open({ connectionString: server.url, schema }));
      expect(error.code).toBe('INVALID_ARGUMENT');
    },
  );

  it('keeps the case of a schema, and a keyword as its name', async () => {
    const store = await open({ schema: `Select_${server.schema().slice(-8)}` });
    await store.commit([putChain('agent-alice')]);
    expect(await store.readChains(['agent-alice'])).toHaveLength(1);
  });

  it.each([
    { statementTimeout: 0 },
    { pollInterval: 1.5 },
    { pool: { max: -1 } },
    { lockTimeout: 2 ** 31 },
    // Taken for none, it would let everything go in the clear.
    { SSL: true },
    { pool: { maximum: 1 } } as never,
  ])('refuses the options %j', async (options) => {
    const error = await refusal(PostgresTrustStore.open({ connectionString: server.url, ...options }));
    expect(error.code).toBe('INVALID_ARGUMENT');
  });

  it('is done once, however many processes open a new schema at once', async () => {
    const schema = server.schema();
    const stores = await Promise.all(Array.from({ length: 8 }, () => open({ schema })));
    await Promise.all(stores.map((store, i) => store.commit([putChain(`agent-${i}`)])));
    expect(await stores[0]?.listChains()).toHaveLength(8);
  });

  it.each([
    ['newer', SCHEMA_VERSION + 1, /Update @kaizen-eatp\/store-postgres/],
    ['older', 1, /Export it with the version of @kaizen-eatp\/store-postgres that wrote it/],
  ])('refuses a schema that is %s, and leaves it as it is', async (_, version, remedy) => {
    const schema = server.schema();
    await (await open({ schema })).commit([putChain('agent-alice')]);
    await server.sql(`UPDATE "${schema}".schema_version SET version = $1`, [version]);
    const error = await refusal(open({ schema }));
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      remedy: expect.stringMatching(remedy),
      evidence: { version, retryable: false, outcome: 'nothing_written' },
    });
    expect(await server.sql(`SELECT agent_id FROM "${schema}".chains`)).toEqual([
      { agent_id: 'agent-alice' },
    ]);
  });
});

/** Reached by what waits for ever, and by nothing else: on a busy machine even opening a connection takes its time. */
const LIMIT = 2_000;

describe('at work', () => {
  it('says that no connection came free', async () => {
    const schema = server.schema();
    const store = await open({
      schema,
      pool: { max: 1, connectionTimeout: LIMIT },
      // The first read must outlast the second one's wait.
      ...{ lockTimeout: 60_000, statementTimeout: 60_000 },
    });
    const holder = await holdTable(schema, 'trail');
    const slow = store.trailHead('run-1');
    const error = await refusal(store.openIntents());
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { retryable: true } });
    expect(error.remedy).toMatch(/pool\.max/);
    await holder.query('ROLLBACK');
    await slow;
    expect(await store.openIntents()).toEqual([]);
  });

  it('says that a statement took too long, and that nothing was written', async () => {
    const schema = server.schema();
    const store = await open({ schema, statementTimeout: LIMIT });
    const holder = await holdTable(schema, 'trail');
    const [read, write] = await Promise.all([
      refusal(store.trailHead('run-1')),
      refusal(store.commit([firstOf('shared', 'aud-1')])),
    ]);
    for (const error of [read, write]) {
      expect(error.evidence).toEqual({ sqlState: '57014', retryable: true, outcome: 'nothing_written' });
    }
    await holder.query('ROLLBACK');
    expect(await store.readTrail('shared')).toEqual([]);
  });

  it('gives up waiting for a lock, and does not keep those waiting who want none', async () => {
    const schema = server.schema();
    const store = await open({ schema, lockTimeout: LIMIT });
    const holder = await holdTable(schema, 'revocations');
    const [locked, free] = await Promise.allSettled([
      store.commit([
        { op: 'revoke', revocation: { kind: 'agent', subjectId: 'agent-bob', reason: 'left', at: 'now' } },
      ]),
      store.commit([addDelegation('del-1')]),
    ]);
    expect(locked).toMatchObject({
      reason: { code: 'STORE_FAILED', evidence: { sqlState: '55P03', retryable: true } },
    });
    expect(free.status).toBe('fulfilled');
    await holder.query('ROLLBACK');
    expect(await store.readDelegationPath('del-1')).toHaveLength(1);
  });

  it('says that the server takes no writes', async () => {
    const url = new URL(server.url);
    const schema = server.schema();
    await open({ schema });
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    const store = await open({ schema, connectionString: url.href });
    const error = await refusal(store.commit([putChain('agent-alice')]));
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      evidence: { sqlState: '25006', outcome: 'nothing_written' },
    });
    expect(error.remedy).toMatch(/primary/);
  });

  it('does not know of a commit whose connection broke, says so, and goes on with another', async () => {
    const schema = server.schema();
    const applicationName = `${schema}_w`;
    const store = await open({ schema, applicationName });
    await store.commit([putChain('agent-alice')]);
    const holder = await holdTable(schema, 'trail');
    const lost = refusal(store.commit([firstOf('shared', 'aud-1')]));
    const waiting = `SELECT pid FROM pg_stat_activity WHERE application_name = $1 || ':write' AND wait_event_type = 'Lock'`;
    while ((await server.sql(waiting, [applicationName])).length === 0) await sleep(5);
    await server.sql(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS w`, [applicationName]);
    const error = await lost;
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { retryable: true, outcome: 'unknown' } });
    expect(error.remedy).toMatch(/may have been applied/);
    await holder.query('ROLLBACK');
    await store.commit([firstOf('shared', 'aud-2')]);
    expect((await store.readTrail('shared')).map((entry) => entry.anchorId)).toEqual(['aud-2']);
  });

  it('goes on after the server dropped every connection', async () => {
    const schema = server.schema();
    const store = await open({ schema, applicationName: schema });
    await store.commit([putChain('agent-alice')]);
    await store.readChains(['agent-alice']);
    await server.sql(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
      [`${schema}%`],
    );
    expect(await store.readChains(['agent-alice'])).toHaveLength(1);
    await expect
      .poll(() =>
        store.commit([putChain('agent-bob')]).then(
          () => 'stored',
          () => 'refused',
        ),
      )
      .toBe('stored');
  });

  it('says that its tables are not there', async () => {
    const schema = server.schema();
    const store = await open({ schema });
    await server.sql(`DROP SCHEMA "${schema}" CASCADE`);
    const error = await refusal(store.readChains(['agent-alice']));
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { sqlState: '42P01', retryable: false } });
  });

  it('refuses calls after it was closed', async () => {
    const store = await open();
    await store.close();
    await store.close();
    for (const call of [store.commit([]), store.readChains(['a']), store.doctor()]) {
      expect((await refusal(call)).code).toBe('STORE_FAILED');
    }
  });
});

describe('strings', () => {
  it.each([
    ['the character U+0000', '{"a":"\0"}'],
    ['a lone surrogate', '{"a":"\ud800"}'],
  ])('refuses a string with %s, alone in its group', async (_, text) => {
    const store = await open();
    const [bad, good] = await Promise.allSettled([
      store.commit([putChain('agent-alice', null, text)]),
      store.commit([putChain('agent-bob')]),
    ]);
    expect(bad).toMatchObject({
      reason: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/`put_chain.text`/) },
    });
    expect(good.status).toBe('fulfilled');
    expect(await store.readChains(['agent-alice'])).toEqual([undefined]);
  });

  it('finds nothing under an id that cannot be stored, and never another id', async () => {
    const store = await open();
    await store.commit([putChain('agent-\ufffd'), addDelegation('del-\ufffd', { taskId: '\ufffd' })]);
    expect(await store.readChains(['agent-\ud800', 'agent-\0'])).toEqual([undefined, undefined]);
    expect(await store.readDelegationPath('del-\ud800')).toEqual([]);
    expect(await store.findDelegations({ taskId: '\ud800' })).toEqual([]);
    expect(await store.readTrail('\0')).toEqual([]);
  });

  it('refuses an id that no index holds, alone in its group', async () => {
    const store = await open();
    const id = 'x'.repeat(2_001);
    const [bad, good] = await Promise.allSettled([
      store.commit([addDelegation(id)]),
      store.commit([addDelegation('del-1')]),
    ]);
    expect(bad).toMatchObject({
      reason: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/an id of up to 2000 bytes/) },
    });
    expect(good.status).toBe('fulfilled');
  });

  it('keeps the longest id, of characters that no index compresses', async () => {
    const store = await open();
    const id = Array.from({ length: 666 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000)));
    const longest = { taskId: id.join(''), runId: id.join(''), person: id.join('') };
    await store.commit([addDelegation(id.join(''), longest)]);
    expect(await store.findDelegations(longest)).toHaveLength(1);
  });
});

describe('groups', () => {
  it('let those fail alone that fail', async () => {
    const store = await open();
    await store.commit([addDelegation('del-7')]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 150 }, (_, i) =>
        store.commit([addDelegation(`del-${i}`), firstOf(`shared-${i}`, `aud-${i}`)]),
      ),
    );
    const refused = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [[i, outcome.reason.code]] : [],
    );
    expect(refused).toEqual([[7, 'STORE_CONFLICT']]);
    const trails = await Promise.all(outcomes.map((_, i) => store.readTrail(`shared-${i}`)));
    expect(trails.flatMap((trail, i) => (trail.length === 0 ? [i] : []))).toEqual([7]);
  });

  it('go to the server together', async () => {
    const schema = server.schema();
    const store = await open({ schema });
    await server.sql(`ALTER TABLE "${schema}".trail ADD COLUMN tx xid8 DEFAULT pg_current_xact_id()`);
    await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        store.commit([{ op: 'append_anchor', entry: entryAfter(`run-${i}`, undefined, `aud-${i}`) }]),
      ),
    );
    const [row] = await server.sql(
      `SELECT count(*)::int AS n, count(DISTINCT tx)::int AS tx FROM "${schema}".trail`,
    );
    expect(row).toEqual({ n: 120, tx: 2 });
  });
});
