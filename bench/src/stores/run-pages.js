import { linkHash, TRAIL_START, writeRunCursor } from '@kaizen-eatp/core/store';
import { median } from '../measure.js';

/**
 * @typedef {object} PageTimes  Microseconds for a page of 50 runs from the middle of the list, found by their task.
 * @property {number} few  Of 100 runs.
 * @property {number} many  Of {@link runs} runs.
 * @property {number} runs
 */

const FEW = 100;
/** How many runs one commit adds. */
const BATCH = 500;
/** The moment of the first run, in milliseconds since the epoch; each further one begins a millisecond later. */
const FIRST = Date.UTC(2026, 0, 1);

/** @type {Record<import('../effort.js').Scale, { rounds: number, runs: number }>} */
const EFFORTS = {
  full: { rounds: 400, runs: 100_000 },
  quick: { rounds: 200, runs: 10_000 },
  smoke: { rounds: 2, runs: 200 },
};

/**
 * Measures the list of runs of a store when it has few runs of a task, and again when it has many.
 * @param {import('@kaizen-eatp/core/store').TrustStore} store
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<PageTimes>}
 */
export async function measureRunPages(store, scale) {
  const { rounds, runs } = EFFORTS[scale];
  await add(store, 0, FEW);
  const few = await page(store, FEW, rounds);
  await add(store, FEW, runs);
  return { few, many: await page(store, runs, rounds), runs };
}

/** @param {import('@kaizen-eatp/core/store').TrustStore} store @param {number} from @param {number} to */
async function add(store, from, to) {
  for (let start = from; start < to; start += BATCH) {
    const count = Math.min(BATCH, to - start);
    await store.commit(Array.from({ length: count }, (_, i) => firstRecord(start + i)));
  }
}

/** @param {number} n @returns {import('@kaizen-eatp/core/store').StoreWrite} */
function firstRecord(n) {
  const timestamp = new Date(FIRST + n).toISOString().replace('Z', '+00:00');
  const [trailId, anchorId, agentId] = [`listed-${n}`, `aud-listed-${n}`, 'agent-listed'];
  const text = JSON.stringify({
    ...{ id: anchorId, agent_id: agentId, action: 'work', timestamp, result: 'success' },
    context: { task_id: 'task-listed' },
  });
  const hash = linkHash(TRAIL_START, text);
  return {
    op: 'append_anchor',
    entry: { trailId, sequence: 1, previousHash: TRAIL_START, hash, anchorId, agentId, text },
  };
}

/** @param {import('@kaizen-eatp/core/store').TrustStore} store @param {number} runs @param {number} rounds */
async function page(store, runs, rounds) {
  const middle = Math.max(60, runs / 2);
  const cursor = writeRunCursor({ moment: FIRST + middle, runId: `listed-${middle}` });
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const { runs: found } = await store.listRuns({ taskId: 'task-listed', limit: 50, cursor });
    times.push((performance.now() - start) * 1_000);
    if (found.length !== 50) throw new Error(`a page of ${found.length} runs instead of 50`);
  }
  return median(times);
}
