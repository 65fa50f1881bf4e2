import { deploymentOf, runOfThree, verifyEach } from './deployment.js';
import { interleave } from './measure.js';
import { checkOutput } from './work.js';

/** The default of `cacheBytes`, which bounds what parsed and checked chains take. */
const CACHE_MIB = 768;

/**
 * @typedef {object} Crowd  What many agents cost those that have nothing to do with them.
 * @property {{ three: number, few: number, many: number }} counts
 * @property {import('./measure.js').Timings} timings
 *   `verify few` and `verify many`, one verdict with so many agents in use; `run three` and `run many`, a run of three
 *   among three and of three among many.
 * @property {{ perAgent: number, cacheMib: number }} memory
 *   Bytes that an agent takes in the heap once it was verified, its stored chain and its object included; and what
 *   bounds the part of the cache.
 */

/**
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<Crowd>}
 */
export async function measureCrowd(effort) {
  const three = await deploymentOf(3);
  const few = await deploymentOf(effort.few);
  const before = heapUsed();
  const many = await deploymentOf(effort.many);
  const verifyMany = await inUse(many);
  const perAgent = (heapUsed() - before) / effort.many;
  const verifyFew = await inUse(few);

  const runThree = runOfThree(three);
  const runMany = runOfThree(many);
  for (const run of [runThree, runMany]) checkOutput(await run());
  const timings = await interleave(
    [
      { id: 'verify few', run: verifyFew },
      { id: 'verify many', run: verifyMany },
      { id: 'run three', run: runThree },
      { id: 'run many', run: runMany },
    ],
    effort,
  );
  const counts = { three: 3, few: effort.few, many: effort.many };
  return { counts, timings, memory: { perAgent, cacheMib: CACHE_MIB } };
}

/**
 * Verifies each agent of a deployment for the first time.
 * @param {import('./deployment.js').AgentsInUse} deployment
 * @returns {Promise<() => Promise<void>>} what verifies the next one again
 */
async function inUse(deployment) {
  const verifyNext = verifyEach(deployment);
  for (let i = 0; i < deployment.agents.length; i += 1) await verifyNext();
  return verifyNext;
}

function heapUsed() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
