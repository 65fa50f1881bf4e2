import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { authorityCodec } from '@kaizen-eatp/core/records';
import { linkHash, type StoreMaintenance, type TrustStore } from '@kaizen-eatp/core/store';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from '../packages/store-postgres/test/server/shared-server.js';

/** An attacker who can write everything in the database, and has keys of its own only. */

const server = sharedServer();
const folder = mkdtempSync(join(tmpdir(), 'eatp-adversary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Record<string, unknown>;

/** A database that can be edited behind the store's back, and put back as it was. */
interface Site {
  /** The name of a table and of its column for a record's text. */
  readonly names: Readonly<Record<Table, readonly [table: string, text: string]>>;
  rows(table: Table): Promise<Row[]>;
  /** Runs one statement; values are `?`. */
  sql(text: string, values?: readonly unknown[]): Promise<void>;
  /** Opens the store as a process that has just started. */
  open(): Promise<TrustStore & StoreMaintenance>;
  /** Puts back what was there before the edits. */
  reset(): Promise<void>;
}

const TABLES = [
  'authorities',
  'chains',
  'delegations',
  'statements',
  'revocations',
  'trail',
  'intents',
] as const;
type Table = (typeof TABLES)[number];

/** Everything that an edit could make valid, each with its answer before any edit. */
interface Question {
  readonly agentId: string;
  readonly action: string;
  readonly delegationId?: string;
}

const keyManager = new InMemoryKeyManager();
const AT = '2026-06-01T12:00:00+00:00';
const human = {
  ...{ humanId: 'dave', displayName: 'Dave', authProvider: 'oidc', sessionId: 's', authenticatedAt: AT },
};

interface Filled {
  /** The last checkpoint, which somebody keeps elsewhere. */
  readonly checkpoint: string;
  readonly questions: readonly Question[];
  /** The records that the attacker prepared with its own keys. */
  readonly loot: {
    readonly authority: string;
    readonly chain: string;
    readonly statements: readonly string[];
    readonly oldChains: readonly string[];
  };
}

/** A deployment in which much was taken away from agents, so that there is much to give back. */
async function fill(store: TrustStore): Promise<Filled> {
  const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
  await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' });
  await trust.createEnterpriseAuthority({ name: 'Closed', id: 'org-closed' });
  await trust.createEnterpriseAuthority({ name: 'Weak', id: 'org-weak', permissions: [] });
  const establish = (agentId: string, authorityId: string, ...capabilities: string[]) =>
    trust.establish({ agentId, authorityId, capabilities });
  await establish('agent-alice', 'org-acme', 'read', 'wire');
  await establish('agent-bob', 'org-acme', 'read');
  await establish('agent-old', 'org-acme', 'read', 'wire');
  await establish('agent-eve', 'org-acme', 'read', 'wire');
  await establish('agent-carol', 'org-closed', 'read', 'wire');
  const oldChains = [await trust.exportChain('agent-old'), await trust.exportChain('agent-eve')];
  await trust.reattest({
    agentId: 'agent-old',
    capabilities: ['wire'],
    constraints: ['blackboard_write_only'],
  });
  const delegate = (more: object) =>
    trust.delegate({
      ...{
        delegatorId: 'agent-alice',
        delegateeId: 'agent-bob',
        taskId: 't',
        capabilities: ['wire'],
        ...more,
      },
    });
  const revoked = await delegate({});
  const ofDave = await delegate({ humanOrigin: human });
  const closed = await delegate({ taskId: 'done' });
  const valid = await delegate({ taskId: 'open' });
  await trust.revoke({ delegationId: revoked.id, reason: 'enough' });
  await trust.revoke({ humanId: 'dave', reason: 'left' });
  await trust.endTask({ taskId: 'done', delegatorId: 'agent-alice' });
  await trust.revoke({ agentId: 'agent-eve', reason: 'stole' });
  await trust.setAuthorityActive('org-closed', false);
  await trust.audit({ agentId: 'agent-bob', action: 'read', result: 'success' });
  await trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success' });
  const { note: checkpoint } = await trust.checkpoint();

  const mallory = new TrustOperations();
  const evil = await mallory.createEnterpriseAuthority({ name: 'Evil', id: 'org-evil' });
  await mallory.establish({ agentId: 'agent-bob', authorityId: evil.id, capabilities: ['*'] });
  const evilStore = new TrustOperations({});
  await evilStore.close();
  const questions: Question[] = [];
  for (const agentId of ['agent-alice', 'agent-bob', 'agent-old', 'agent-eve', 'agent-carol', 'agent-new'])
    for (const action of ['read', 'wire', 'anything']) questions.push({ agentId, action });
  for (const { id } of [revoked, ofDave, closed, valid])
    questions.push({ agentId: 'agent-bob', action: 'wire', delegationId: id });
  return {
    checkpoint,
    questions,
    loot: {
      authority: authorityCodec.encodeText(evil),
      chain: await mallory.exportChain('agent-bob'),
      statements: [],
      oldChains,
    },
  };
}

/** The questions that a process which has just started permits. */
async function permitted(site: Site, questions: readonly Question[]): Promise<Set<string>> {
  const found = new Set<string>();
  let store: TrustStore;
  try {
    store = await site.open();
  } catch {
    return found;
  }
  try {
    for (const level of ['standard', 'full'] as const) {
      const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
      for (const question of questions) {
        const { valid } = await trust.verify({ ...question, level });
        if (valid) found.add(`${level} ${JSON.stringify(question)}`);
      }
    }
  } finally {
    await store.close();
  }
  return found;
}

/** Columns that no record is copied into, and that nothing is permitted because of: numbers, versions and times of rows. */
const WITHOUT_MEANING = ['version', 'seq', 'ordinal', 'created_at', 'updated_at', 'ended_at', 'deleted_at'];

/** Everything in the tables that has a meaning. */
async function contentOf(site: Site): Promise<string> {
  const all: string[] = [];
  for (const table of TABLES) {
    for (const row of await site.rows(table)) {
      const told = Object.entries(row).filter(([column]) => !WITHOUT_MEANING.includes(column));
      all.push(
        `${table} ${JSON.stringify(Object.fromEntries(told), (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
      );
    }
  }
  return all.sort().join('\n');
}

/** What a process that has just started, and has the checkpoint, is told about the store. */
async function reported(site: Site, { checkpoint }: Filled): Promise<string[]> {
  let store: Awaited<ReturnType<Site['open']>>;
  try {
    store = await site.open();
  } catch (error) {
    return [String(error)];
  }
  try {
    const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
    const { findings, changes } = await trust.verifyCheckpoint(checkpoint);
    const told = [...findings.map(({ code }) => code), ...changes.map(({ subject }) => subject)];
    if (told.length > 0) return told;
    return (await store.doctor({ checkpoint })).findings.map(({ code }) => code);
  } catch (error) {
    return [String(error)];
  } finally {
    await store.close();
  }
}

/** The obvious edits. */
function scripted(site: Site, { loot }: Filled): Readonly<Record<string, () => Promise<void>>> {
  const { names } = site;
  const [chains, chainText] = names.chains;
  const [authorities] = names.authorities;
  const [statements] = names.statements;
  const [delegations] = names.delegations;
  const [revocations] = names.revocations;
  const active = site.names.chains[0] === 'trust_chains' ? '1' : 'true';
  const setChain = (agentId: string, text: string) =>
    site.sql(`UPDATE ${chains} SET ${chainText} = ?, active = ${active} WHERE agent_id = ?`, [text, agentId]);
  const replaceIn = (table: Table, from: string, to: string, where = '') => {
    const [name, column] = names[table];
    return site.sql(`UPDATE ${name} SET ${column} = replace(${column}, ?, ?) ${where}`, [from, to]);
  };
  const evil = () =>
    site.sql(`INSERT INTO ${authorities} (authority_id, text, version) VALUES ('org-evil', ?, 999)`, [
      loot.authority,
    ]);
  const appended = async (text: string): Promise<void> => {
    const last = (await site.rows('statements')).at(-1) as { sequence: unknown; hash: string };
    const more = names.statements[0] === 'eatp_statements' ? '' : ', seq';
    await site.sql(
      `INSERT INTO ${statements} (sequence, previous_hash, hash, text${more}) VALUES (?, ?, ?, ?${more && ', 999'})`,
      [Number(last.sequence) + 1, last.hash, linkHash(last.hash, text), text],
    );
  };
  const dropStatement = (kind: string) =>
    site.sql(`DELETE FROM ${statements} WHERE text LIKE ?`, [`%"kind":"${kind}"%`]);
  const [oldOfOld, oldOfEve] = loot.oldChains as [string, string];
  return {
    'an authority of its own': evil,
    'an authority and a chain of its own': async () => {
      await evil();
      await setChain('agent-bob', loot.chain);
    },
    'a chain of its own under the name of an authority that is believed': () =>
      setChain('agent-bob', loot.chain.replaceAll('org-evil', 'org-acme')),
    'its key in the record of a believed authority': async () => {
      const { public_key: key } = JSON.parse(loot.authority);
      const [row] = (await site.rows('authorities')).filter((each) => each.authority_id === 'org-acme');
      const { public_key: own } = JSON.parse(row?.text as string);
      await replaceIn('authorities', own, key);
      await setChain('agent-bob', loot.chain.replaceAll('org-evil', 'org-acme'));
    },
    'a statement of its own': async () => {
      await evil();
      await appended('{"kind":"authority_endorsed"}');
      await setChain('agent-bob', loot.chain);
    },
    'the permissions of an authority': () =>
      replaceIn('authorities', '"permissions":[]', '"permissions":["create_agents"]'),
    'an inactive authority made active': () =>
      replaceIn('authorities', '"is_active":false', '"is_active":true'),
    'the key id of an authority': () => replaceIn('authorities', '"signing_key_id":"', '"signing_key_id":"x'),
    'all authorities deleted': () => site.sql(`DELETE FROM ${authorities}`),
    'a revoked agent made active': () => site.sql(`UPDATE ${chains} SET active = ${active}`),
    'all revocation rows deleted': () => site.sql(`DELETE FROM ${revocations}`),
    'a revoked agent made active, without its revocation row': async () => {
      await site.sql(`DELETE FROM ${revocations}`);
      await site.sql(`UPDATE ${chains} SET active = ${active}`);
    },
    'the old chain of a revoked agent': () => setChain('agent-eve', oldOfEve),
    'the old chain of a revoked agent, written in another way': () =>
      setChain('agent-eve', JSON.stringify(JSON.parse(oldOfEve), null, 2)),
    'an old chain that was superseded': () => setChain('agent-old', oldOfOld),
    'an old chain that was superseded, with a further field': () =>
      setChain('agent-old', JSON.stringify({ ...JSON.parse(oldOfOld), note: 1 })),
    "another agent's chain": () => setChain('agent-bob', oldOfOld),
    'the chain of a revoked agent under a new name': () =>
      site.sql(
        `UPDATE ${chains} SET agent_id = 'agent-new', active = ${active} WHERE agent_id = 'agent-eve'`,
      ),
    'a capability renamed': () => replaceIn('chains', '"capability":"read"', '"capability":"anything"'),
    'a capability made a star': () => replaceIn('chains', '"capability":"read"', '"capability":"*"'),
    'a constraint removed': () => replaceIn('chains', 'blackboard_write_only', ''),
    'a constraint renamed': () => replaceIn('chains', 'blackboard_write_only', 'audit_required'),
    'the agent of a chain renamed': () => replaceIn('chains', 'agent-old', 'agent-new'),
    'the genesis authority renamed': () => replaceIn('chains', 'org-closed', 'org-acme'),
    'every delegation in force': () =>
      site.sql(`UPDATE ${delegations} SET status = 'in_force', ended_at = NULL`),
    'every delegation in force, without its person': () =>
      site.sql(`UPDATE ${delegations} SET status = 'in_force', ended_at = NULL, person = NULL`),
    'every delegation in force, without revocations': async () => {
      await site.sql(`DELETE FROM ${revocations}`);
      await site.sql(`UPDATE ${delegations} SET status = 'in_force', ended_at = NULL`);
    },
    'the task of delegations': () =>
      site.sql(`UPDATE ${delegations} SET task_id = 'open', status = 'in_force'`),
    'the delegatee of delegations': () => site.sql(`UPDATE ${delegations} SET delegatee_id = 'agent-new'`),
    'the run of delegations': () =>
      site.sql(`UPDATE ${delegations} SET run_id = 'run-x', status = 'in_force'`),
    'what delegations give': () => replaceIn('delegations', '"wire"', '"anything"'),
    'the statements deleted': () => site.sql(`DELETE FROM ${statements}`),
    'the revocations of agents deleted from the statements': () => dropStatement('agent_revoked'),
    'the revocations of delegations deleted from the statements': () => dropStatement('delegation_revoked'),
    'the revocations of persons deleted from the statements': () => dropStatement('person_revoked'),
    'the deactivation deleted from the statements': () => dropStatement('authority_deactivated'),
    'the supersession deleted from the statements': () => dropStatement('chain_superseded'),
    'the reason and the agent of a revocation': () => replaceIn('statements', 'agent-eve', 'agent-xxx'),
    'a revocation turned into a reinstatement': () =>
      replaceIn('statements', '"agent_revoked"', '"agent_reinstated"'),
    'a deactivation turned into its opposite': () =>
      replaceIn('statements', 'authority_deactivated', 'authority_reactivated'),
    'a statement repeated': async () => {
      const [first] = await site.rows('statements');
      await appended(first?.text as string);
    },
    'two statements swapped': async () => {
      await site.sql(`UPDATE ${statements} SET sequence = sequence + 1000 WHERE sequence IN (4, 5)`);
      await site.sql(`UPDATE ${statements} SET sequence = 5 WHERE sequence = 1004`);
      await site.sql(`UPDATE ${statements} SET sequence = 4 WHERE sequence = 1005`);
    },
    'an endless sequence number': () =>
      site.sql(`UPDATE ${statements} SET sequence = 9223372036854775807 WHERE sequence = 1`),
  };
}

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const quoted = (value: unknown): unknown =>
  typeof value === 'string' || typeof value === 'number' || value === null ? value : String(value);

/** Changes, deletes or copies a row or a value somewhere. An edit that the database itself refuses changes nothing. */
async function randomEdit(site: Site, pick: (below: number) => number): Promise<string> {
  const table = TABLES[pick(TABLES.length)] as Table;
  const [name, text] = site.names[table];
  const rows = await site.rows(table);
  const row = rows[pick(rows.length)];
  if (!row) return 'nothing';
  const columns = Object.keys(row);
  const where = columns.filter((column) => row[column] !== null && typeof row[column] !== 'object');
  const key = where.map((column) => `${column} = ?`).join(' AND ');
  const values = where.map((column) => quoted(row[column]));
  const other = rows[pick(rows.length)] as Row;
  const column = columns[pick(columns.length)] as string;
  const kind = pick(5);
  try {
    if (kind === 0) await site.sql(`DELETE FROM ${name} WHERE ${key}`, values);
    else if (kind === 1)
      await site.sql(`UPDATE ${name} SET ${column} = ? WHERE ${key}`, [quoted(other[column]), ...values]);
    else if (kind === 2)
      await site.sql(`UPDATE ${name} SET ${text} = ? WHERE ${key}`, [quoted(other[text]), ...values]);
    else if (kind === 3) {
      const old = String(row[text] ?? '');
      const at = pick(Math.max(old.length, 1));
      const changed = `${old.slice(0, at)}${'0aZ"}'[pick(5)]}${old.slice(at + 1)}`;
      await site.sql(`UPDATE ${name} SET ${text} = ? WHERE ${key}`, [changed, ...values]);
    } else {
      const flags: Readonly<Record<string, string>> = { chains: 'active', delegations: 'status' };
      const flag = flags[table] ?? column;
      const value = flag === 'active' ? 1 : flag === 'status' ? 'in_force' : quoted(other[flag]);
      await site.sql(`UPDATE ${name} SET ${flag} = ? WHERE ${key}`, [value, ...values]);
    }
  } catch {
    return `${table}, refused by the database`;
  }
  return `${table}.${column}, kind ${kind}`;
}

async function sqliteSite(): Promise<{ site: Site; filled: Filled }> {
  const path = join(folder, 'trust.db');
  const store = await SqliteTrustStore.open({ path });
  const filled = await fill(store);
  await store.close();
  const copy = `${path}.good`;
  const checkpoint = new Database(path);
  checkpoint.pragma('wal_checkpoint(TRUNCATE)');
  checkpoint.close();
  copyFileSync(path, copy);
  const run = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(path);
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  const site: Site = {
    names: {
      authorities: ['eatp_authorities', 'text'],
      chains: ['trust_chains', 'chain_data'],
      delegations: ['eatp_delegations', 'text'],
      statements: ['eatp_statements', 'text'],
      revocations: ['eatp_revocations', 'reason'],
      trail: ['eatp_trail', 'text'],
      intents: ['eatp_intents', 'action'],
    },
    rows: async (table) => run((db) => db.prepare<[], Row>(`SELECT * FROM ${site.names[table][0]}`).all()),
    sql: async (text, values = []) => run((db) => void db.prepare(text).run(...values)),
    open: () => SqliteTrustStore.open({ path }),
    reset: async () => {
      run((db) => db.pragma('wal_checkpoint(TRUNCATE)'));
      copyFileSync(copy, path);
    },
  };
  return { site, filled };
}

async function postgresSite(): Promise<{ site: Site; filled: Filled }> {
  const schema = server.schema();
  const open = () => PostgresTrustStore.open({ connectionString: server.url, schema });
  const store = await open();
  const filled = await fill(store);
  await store.close();
  const all = ['authorities', 'chains', 'delegations', 'statements', 'revocations', 'trail', 'intents'];
  for (const table of all)
    await server.sql(`CREATE TABLE "${schema}".good_${table} AS SELECT * FROM "${schema}".${table}`);
  const columnsOf = async (table: string): Promise<string> => {
    const rows = (await server.sql(
      `SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS names
       FROM information_schema.columns WHERE table_schema = '${schema}' AND table_name = '${table}'`,
    )) as unknown as Row[];
    return String(rows[0]?.names);
  };
  const columns = new Map<string, string>();
  for (const table of all) columns.set(table, await columnsOf(table));
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return 'NULL';
    return `'${String(value).replaceAll("'", "''")}'`;
  };
  const named = (table: Table, text: string) => [`"${schema}".${table}`, text] as const;
  const site: Site = {
    names: {
      authorities: named('authorities', 'text'),
      chains: named('chains', 'text'),
      delegations: named('delegations', 'text'),
      statements: named('statements', 'text'),
      revocations: named('revocations', 'reason'),
      trail: named('trail', 'text'),
      intents: named('intents', 'action'),
    },
    rows: async (table) =>
      (await server.sql(`SELECT * FROM ${site.names[table][0]} ORDER BY 1`)) as unknown as Row[],
    sql: async (text, values = []) => {
      let i = 0;
      await server.sql(text.replaceAll('?', () => literal(values[i++])));
    },
    open,
    reset: async () => {
      for (const table of all) {
        const names = columns.get(table);
        await server.sql(
          `DELETE FROM "${schema}".${table};
           INSERT INTO "${schema}".${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM "${schema}".good_${table}`,
        );
      }
    },
  };
  return { site, filled };
}

describe.each([
  ['SQLite', sqliteSite, 350],
  ['PostgreSQL', postgresSite, 150],
])('a writer to %s without any key', (_name, make, randomEdits) => {
  let site: Site;
  let filled: Filled;
  let before: Set<string>;
  let content: string;
  beforeAll(async () => {
    ({ site, filled } = await make());
    before = await permitted(site, filled.questions);
    content = await contentOf(site);
  }, 60_000);

  /** Whether there was an edit, and the holder of the last checkpoint is not told of it. */
  const isHidden = async (): Promise<boolean> =>
    (await contentOf(site)) !== content && (await reported(site, filled)).length === 0;

  const gained = async (): Promise<string[]> =>
    [...(await permitted(site, filled.questions))].filter((question) => !before.has(question));

  it('finds a deployment in which some things are permitted and others are not', () => {
    expect(before.size).toBeGreaterThan(5);
    expect(before.size).toBeLessThan(filled.questions.length * 2);
  });

  it('leaves nothing to report before any edit', async () => {
    await site.reset();
    expect(await reported(site, filled)).toEqual([]);
    expect(await contentOf(site)).toBe(content);
  });

  it('makes nothing valid by the obvious edits, and hides none from the holder of the last checkpoint', {
    timeout: 300_000,
  }, async () => {
    const edits = Object.entries(scripted(site, filled));
    expect(edits.length).toBeGreaterThanOrEqual(40);
    const found: Record<string, string[]> = {};
    for (const [what, edit] of edits) {
      await site.reset();
      await edit().catch((error: Error) => {
        if (!/constraint|out of range|duplicate/i.test(error.message))
          throw new Error(`${what}: ${error.message}`);
      });
      const more = await gained();
      if (more.length > 0) found[what] = more;
      if (await isHidden()) found[what] = ['it is hidden'];
    }
    expect(found).toEqual({});
  });

  it(`makes nothing valid by ${randomEdits} random edits, and hides none`, { timeout: 900_000 }, async () => {
    const pick = numbers(20_260_601);
    const found: Record<string, string[]> = {};
    for (let i = 0; i < randomEdits; i++) {
      await site.reset();
      const what: string[] = [];
      for (let n = 0; n <= pick(3); n++) what.push(await randomEdit(site, pick));
      const more = await gained();
      if (more.length > 0) found[`${i}: ${what.join('; ')}`] = more;
      if (await isHidden()) found[`${i}: ${what.join('; ')}`] = ['it is hidden'];
    }
    expect(found).toEqual({});
  });

  it('is noticed by the holder of the last checkpoint when an older copy of the whole store is put back', async () => {
    await site.reset();
    const store = await site.open();
    const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
    await trust.audit({ agentId: 'agent-bob', action: 'write', result: 'success' });
    const { note: checkpoint } = await trust.checkpoint();
    await store.close();
    expect(await reported(site, { ...filled, checkpoint })).toEqual([]);
    await site.reset();
    expect(await reported(site, { ...filled, checkpoint })).toEqual(['LOG_CUT']);
  });

  it('is noticed when an older copy of the store is put back while a process runs', async () => {
    await site.reset();
    const store = await site.open();
    const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
    const question = { agentId: 'agent-alice', action: 'read' };
    await trust.revoke({ agentId: 'agent-bob', reason: 'late' });
    expect((await trust.verify(question)).valid).toBe(true);
    const last = (await store.readStatements()).length;
    await site.sql(`DELETE FROM ${site.names.statements[0]} WHERE sequence = ?`, [last]);
    expect((await trust.verify(question)).denial?.code).toBe('STORE_ROLLED_BACK');
    await store.close();
  });
});
