import { type RunListRequest, writeRunCursor } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { trustWorld } from '@kaizen-eatp/testing';
import Database from 'better-sqlite3';
import { afterEach, expect, it, vi } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';

afterEach(() => vi.restoreAllMocks());

// One row for each piece of work under way, so to read all is to read little.
const SMALL = ['SCAN eatp_intents'];

it('reads and writes nothing by going through a whole table, so that a step costs the same in a full store', async () => {
  const prepare = vi.spyOn(Database.prototype, 'prepare');
  const path = temporaryPath();
  const store = await openStore(path);
  const { runtime, trust, agents } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
  const { runId } = await runtime([sequential]).execute('x', { pattern: 'sequential' });
  const filters = [{ runId }, { taskId: 't' }, { person: 'h' }, { delegateeId: 'b' }, { delegatorId: 'a' }];
  for (const filter of filters) {
    await store.findDelegations(filter);
    await store.findDelegations({ ...filter, status: 'in_force' });
    await store.findDelegations({ ...filter, delegatorId: 'a', delegateeId: 'b' });
  }
  await store.openIntents({ trailId: runId });
  await trust.revoke({ agentId: agents.bob.id, reason: 'the end' });
  await trust.endTask({ taskId: 'task-1', delegatorId: agents.alice.id });
  const statements = [...new Set(prepare.mock.calls.map(([sql]) => sql))].filter((sql) =>
    /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql),
  );
  expect(statements.length).toBeGreaterThan(30);

  const db = new Database(path);
  // A question to a pragma, as in FROM pragma_table_info('trust_chains'), is which columns a table has, and of
  // eatp_meta, which versions: neither grows with what is stored.
  const onTables = statements.filter((each) => /(FROM|INTO|UPDATE) (trust_chains|eatp_(?!meta))/.test(each));
  expect(onTables.length).toBeGreaterThan(20);
  for (const sql of onTables) {
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    const details = explained(plan, sql).map(({ detail }) => detail);
    const scans = details.filter((detail) => /^SCAN (?!CONSTANT|\d)/.test(detail) && !SMALL.includes(detail));
    expect(scans, sql).toEqual([]);
  }
  db.close();
});

const at = new Date(0);
it.each<[RunListRequest, string]>([
  [{}, 'SCAN run USING INDEX eatp_run_list_moment'],
  [{ since: at, until: at }, 'SEARCH run USING INDEX eatp_run_list_moment (moment>? AND moment<?)'],
  [{ state: 'failed' }, 'SEARCH run USING INDEX eatp_run_list_state (state=?)'],
  [{ agentId: 'a' }, 'SEARCH marked USING COVERING INDEX eatp_run_marks_mark (mark=?)'],
  [
    { taskId: 't', action: 'a', state: 'failed' },
    'SEARCH marked USING COVERING INDEX eatp_run_marks_mark (mark=?)',
  ],
])('reads a page of runs along one index, however many there are: %j', async (request, walk) => {
  const path = temporaryPath();
  const store = await openStore(path);
  const db = new Database(path);
  for (const page of [{}, { cursor: writeRunCursor({ moment: 1, runId: 'run-1' }) }]) {
    const prepare = vi.spyOn(Database.prototype, 'prepare');
    await store.listRuns({ ...request, ...page });
    const sql = prepare.mock.calls
      .map(([each]) => each)
      .find((each) => each.includes('eatp_run_list AS run'));
    prepare.mockRestore();
    const steps = db
      .prepare<[object], { parent: number; detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all({ mark0: '', mark1: '', state: '', limit: 1, since: 0, until: 0, moment: 0, runId: '' });
    const details = steps.filter(({ parent }) => parent === 0).map(({ detail }) => detail);
    // A page after another starts in the middle of the index.
    expect(details[0]?.replace(/ \(.*/, '')).toBe(
      walk.replace('SCAN', 'cursor' in page ? 'SEARCH' : 'SCAN').replace(/ \(.*/, ''),
    );
    expect(details.join()).not.toContain('TEMP B-TREE');
  }
  db.close();
});

/** Plans do not depend on the values that are bound, but some must be. */
function explained(
  plan: Database.Statement<unknown[], { detail: string }>,
  sql: string,
): { detail: string }[] {
  const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name as string, 'x']);
  if (names.length > 0) return plan.all(Object.fromEntries(names));
  return plan.all(...(sql.match(/\?/g) ?? []).map(() => 'x'));
}
