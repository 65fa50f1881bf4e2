import { type RunListRequest, runListQuery, runMark, writeRunCursor } from '@kaizen-eatp/core/store';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { runListStatement } from '../src/reading/run-list-reader.js';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const MOST = 30_000;

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

it('reads as many blocks for a page of 30,000 runs as for one of 300', { timeout: 120_000 }, async () => {
  const schema = server.schema();
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema });
  const client = new Client({ connectionString: server.url });
  await client.connect();
  // One in ten has the task and the state that are looked for, whatever the number of runs.
  const fill = async (from: number, to: number): Promise<void> => {
    const each = `FROM generate_series($1::bigint, $2::bigint) AS n`;
    await client.query(
      `INSERT INTO "${schema}".run_list (run_id, moment, state, durable, denials)
       SELECT 'run-' || n, n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'succeeded' END, false, 0 ${each}`,
      [from, to],
    );
    await client.query(
      `INSERT INTO "${schema}".run_marks (run_id, mark, moment)
       SELECT 'run-' || n, CASE WHEN n % 10 = 0 THEN '${runMark('task', 'wanted')}' ELSE 'task:' || n END, n ${each}`,
      [from, to],
    );
    await client.query(`ANALYZE "${schema}".run_list, "${schema}".run_marks, "${schema}".trail`);
  };
  const blocksFor = async (request: RunListRequest): Promise<number> => {
    const { text, values } = runListStatement(`"${schema}"`, runListQuery({ limit: 20, ...request }));
    // The second time, nothing is left to clean up from the filling.
    await client.query(text, [...values]);
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [...values]);
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'] as [{ Plan: Plan }];
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  };
  const middle = (count: number): string => writeRunCursor({ moment: count / 2, runId: 'run-x' });
  const blocks = async (count: number): Promise<number[]> => [
    await blocksFor({}),
    await blocksFor({ cursor: middle(count) }),
    await blocksFor({ state: 'failed' }),
    await blocksFor({ taskId: 'wanted', cursor: middle(count) }),
    await blocksFor({ taskId: 'wanted', state: 'failed' }),
  ];

  await fill(1, 300);
  const few = await blocks(300);
  await fill(301, MOST);
  const many = await blocks(MOST);
  await client.end();
  const page = await store.listRuns({ taskId: 'wanted', limit: 2 });
  expect(page.runs.map(({ runId }) => runId)).toEqual([`run-${MOST}`, `run-${MOST - 10}`]);
  await store.close();
  // A hundred times as many runs add a level to a tree, and so a block to each look into it: not a hundred times the blocks.
  const growth = many.map((count, i) => count / (few[i] as number));
  expect(Math.max(...growth), `${few} and ${many} blocks`).toBeLessThan(5);
});
