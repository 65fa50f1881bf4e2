import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { supervisorWorker } from '@kaizen-eatp/patterns';
import { interleave, medianCost } from './measure.js';

const WORKERS = 50;

/**
 * Whether a subtask takes longer in a run of many than in one of few, both over 50 workers.
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<{ workers: number, counts: { few: number, many: number }, timings: import('./measure.js').Timings }>}
 *   `few` and `many`, for one subtask
 */
export async function measureSubtasks(effort) {
  const counts = effort.subtasks;
  const few = await supervise(counts.few);
  const times = await interleave(
    [
      // As many subtasks in both, so that a turn takes as long.
      { id: 'few', run: () => repeat(few, counts.many / counts.few) },
      { id: 'many', run: await supervise(counts.many) },
    ],
    effort,
  );
  const each = [...times].map(([id, { rounds }]) => {
    const costs = rounds.map(({ wall, cpu }) => ({ wall: wall / counts.many, cpu: cpu / counts.many }));
    return /** @type {const} */ ([id, { ...medianCost(costs), rounds: costs }]);
  });
  return { workers: WORKERS, counts, timings: new Map(each) };
}

/** @param {() => Promise<void>} run @param {number} times */
async function repeat(run, times) {
  for (let i = 0; i < times; i += 1) await run();
}

/** @param {number} count */
async function supervise(count) {
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  /** @type {Record<string, TrustedAgent>} */
  const agents = {};
  const add = async (
    /** @type {string} */ name,
    /** @type {import('@kaizen-eatp/core').AgentSource} */ agent,
  ) => {
    const trusted = new TrustedAgent({ name, agent, trust });
    await trusted.establishTrust({ authorityId, capabilities: ['count'] });
    agents[name] = trusted;
  };
  await add('supervisor', {
    run: () => undefined,
    decomposeTask: () =>
      Array.from({ length: count }, (_, i) => ({ input: i, requiredCapabilities: ['count'] })),
    aggregateResults: (/** @type {{ workerResults: { result: number }[] }} */ { workerResults }) =>
      workerResults.reduce((sum, { result }) => sum + result, 0),
  });
  for (let i = 0; i < WORKERS; i += 1) {
    await add(`worker-${i}`, { run: () => undefined, executeTask: (/** @type {number} */ n) => n });
  }
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [supervisorWorker] });
  return async () => {
    const { result } = await runtime.execute('count', { pattern: 'supervisor_worker' });
    if (result !== (count * (count - 1)) / 2) throw new Error(`${count} subtasks came to ${result}`);
  };
}
