import { PostgresEngine } from '@kaizen-eatp/engine-postgres';
import { expect, it } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';

const server = sharedServer();

it('lists a run that failed every worker, and executes it no more', async () => {
  const schema = `${server.schema()}_q`;
  const engine = await PostgresEngine.open({ connectionString: server.url, schema, retryLimit: 1 });
  try {
    const executed: string[] = [];
    const worker = await engine.work({
      concurrency: 2,
      execute: async ({ runId }) => {
        executed.push(runId);
        if (runId === 'run-deadly') throw new Error('the process fails');
        return 'ended';
      },
    });
    expect(await engine.deadRuns()).toEqual([]);
    await engine.enqueue('run-deadly');
    await engine.enqueue('run-healthy');
    await expect.poll(() => engine.deadRuns(), { timeout: 60_000 }).toEqual(['run-deadly']);
    await worker.stop();
    // Once, and again as often as `retryLimit` says.
    expect(executed.filter((id) => id === 'run-deadly')).toHaveLength(2);
    await expect.poll(() => executed.filter((id) => id === 'run-healthy')).toHaveLength(1);
  } finally {
    await engine.close();
    await server.sql(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
}, 120_000);
