import { randomUUID } from 'node:crypto';
import { StoreError } from '@kaizen-eatp/core/errors';
import { TemporalEngine } from '@kaizen-eatp/engine-temporal';
import { expect, it } from 'vitest';
import { onServer, temporalServer } from './temporal-server.js';

onServer('TemporalEngine', () => {
  const temporal = temporalServer();
  const open = () =>
    TemporalEngine.open({
      address: temporal.address,
      queue: `dead-${randomUUID()}`,
      retryLimit: 1,
      onError: () => undefined,
    });

  it('lists a run that failed every worker, and executes it again when it is resumed', async () => {
    const engine = await open();
    try {
      const executed: string[] = [];
      let isCured = false;
      const worker = await engine.work({
        concurrency: 2,
        execute: async ({ runId }) => {
          executed.push(runId);
          if (runId === 'run-deadly' && !isCured) throw new Error('the process fails');
          return 'ended';
        },
      });
      const deadly = () => executed.filter((id) => id === 'run-deadly').length;
      expect(await engine.deadRuns()).toEqual([]);
      await engine.enqueue('run-deadly');
      await engine.enqueue('run-healthy');
      await expect.poll(() => engine.deadRuns(), { timeout: 60_000 }).toEqual(['run-deadly']);
      // Once, and again as often as `retryLimit` says.
      expect(deadly()).toBe(2);
      await expect.poll(() => executed.includes('run-healthy'), { timeout: 60_000 }).toBe(true);
      isCured = true;
      await engine.enqueue('run-deadly');
      await expect.poll(deadly, { timeout: 60_000 }).toBe(3);
      await expect.poll(() => engine.deadRuns(), { timeout: 60_000 }).toEqual([]);
      await worker.stop();
    } finally {
      await engine.close();
    }
  });

  it('does not count failures of the trust store, and tells Temporal no message of an error', async () => {
    const engine = await open();
    const tokens: string[] = [];
    try {
      const worker = await engine.work({
        concurrency: 1,
        execute: async ({ token }) => {
          tokens.push(token);
          if (tokens.length < 5)
            throw new StoreError('STORE_FAILED', 'the store does not answer', {
              received: 'nothing',
              remedy: 'wait',
              evidence: { retryable: true, outcome: 'unknown' },
            });
          return 'ended';
        },
      });
      await engine.enqueue('run-1');
      await expect.poll(() => tokens.length, { timeout: 60_000 }).toBe(5);
      expect(await engine.deadRuns()).toEqual([]);
      // Later tokens are the greater ones, and no two are equal.
      expect([...new Set(tokens)].sort()).toEqual(tokens);
      await worker.stop();
    } finally {
      await engine.close();
    }
  });

  it('says what to check if the service or the namespace cannot be used', async () => {
    for (const options of [{ address: '127.0.0.1:1' }, { address: temporal.address, namespace: 'nowhere' }])
      await expect(TemporalEngine.open(options)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringContaining('namespace'),
      });
  });
});
