import { randomUUID } from 'node:crypto';

/**
 * An engine that gives each run to the worker in this process, so that what is measured is the run and no queue.
 * @returns {import('@kaizen-eatp/core/durable').RunEngine & { idle(): Promise<void> }} `idle()` waits for the end of all
 *   executions.
 */
export function hereEngine() {
  /** @type {import('@kaizen-eatp/core/durable').EngineWork | undefined} */
  let work;
  const { signal } = new AbortController();
  /** @type {Map<string, Promise<unknown>>} */
  const executing = new Map();
  return {
    async enqueue(runId) {
      if (!work || executing.has(runId)) return;
      const execution = work.execute({ runId, token: randomUUID(), signal });
      executing.set(
        runId,
        execution.finally(() => executing.delete(runId)),
      );
    },
    async idle() {
      await Promise.all(executing.values());
    },
    async work(given) {
      work = given;
      return { stop: async () => undefined };
    },
  };
}
