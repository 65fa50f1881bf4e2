import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { supervisorWorker } from '@kaizen-eatp/patterns';
import { interleave } from './measure.js';

const WORKERS = 50;
const FEW = 100;
const MANY = 1000;

/**
 * Whether a subtask takes longer in a run of 1,000 than in one of 100, both over 50 workers.
 * @param {{ rounds: number, roundMs: number, warmUpMs: number }} effort
 * @returns {Promise<{ workers: number, counts: { few: number, many: number }, few: number, many: number }>}
 *   microseconds for one subtask
 */
export async function measureSubtasks(effort) {
  const times = await interleave(
    [
      { id: 'few', run: await supervise(FEW) },
      { id: 'many', run: await supervise(MANY) },
    ],
    effort,
  );
  const each = (/** @type {string} */ id, /** @type {number} */ count) =>
    (times.get(id)?.median ?? Number.NaN) / count;
  return {
    workers: WORKERS,
    counts: { few: FEW, many: MANY },
    few: each('few', FEW),
    many: each('many', MANY),
  };
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
