import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { worker as durableWorker } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import { median } from '../measure.js';
import { hereEngine } from './here-engine.js';

/**
 * @typedef {object} MeasuredStore
 * @property {import('@kaizen-eatp/core/store').TrustStore} empty
 * @property {import('@kaizen-eatp/core/store').TrustStore} full  Another, in which {@link fill} puts anchors.
 * @property {object} place  What the `open()` of the store's module needs to open `empty` in another process.
 * @property {() => unknown} insert  One row as long as an anchor, committed by itself, in the database of `empty`.
 * @property {(trails: Iterable<Entry[]>) => Promise<void>} fill  As fast as it goes; then writes all to the disk.
 * @property {() => Promise<Statements>} [countRun]  Of a store that is asked by statements.
 * @property {() => Promise<void>} close
 *
 * @typedef {{ trailId: string, sequence: number, previousHash: string, hash: string, anchorId: string, agentId: string, text: string }} Entry
 *
 * @typedef {{ commits: number, statements: number, durable: { commits: number, statements: number } }} Statements
 *   Of one sequential run of three agents: in this process, and durable.
 *
 * @typedef {object} StoreTimes  Microseconds.
 * @property {number} insert
 * @property {number} step  Of one run, in an empty store.
 * @property {number} crowd  One of 64 runs at once.
 * @property {number} durable  Of one durable run, in the same store.
 * @property {number} durableCrowd  One of 64 durable runs at once.
 * @property {number} full  Of one run, in a store with so many anchors.
 * @property {number} anchors
 * @property {Statements} [statements]
 * @property {import('./shared-trail.js').SharedTimes} shared
 * @property {import('./run-pages.js').PageTimes} pages
 */

/** Of an anchor of a run, about. */
export const ROW = 'x'.repeat(1_000);

const STEPS = 50;
const CROWD = 64;

/** @type {Record<import('../effort.js').Scale, { warmUpRuns: number, rounds: number, inserts: number, runs: number, anchors: number }>} */
const EFFORTS = {
  full: { warmUpRuns: 40, rounds: 15, inserts: 200, runs: 4, anchors: 1_000_000 },
  quick: { warmUpRuns: 40, rounds: 5, inserts: 100, runs: 2, anchors: 100_000 },
  smoke: { warmUpRuns: 1, rounds: 1, inserts: 5, runs: 1, anchors: 1_000 },
};

/**
 * Everything in turn, round after round, so that what else the machine does falls on all alike.
 * @param {MeasuredStore} measured
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<Omit<StoreTimes, 'shared' | 'pages'>>}
 */
export async function measureStore({ empty, full, insert, fill }, scale) {
  const { warmUpRuns, rounds, inserts, runs, anchors } = EFFORTS[scale];
  await fill(trails(anchors));
  const { run: inEmpty, durable, stop } = await worker(empty);
  const { run: inFull, stop: stopFull } = await worker(full);
  /** @type {Record<string, () => Promise<number>>} */
  const subjects = {
    insert: () => timed(inserts, insert),
    step: () => timed(runs, inEmpty, STEPS),
    durable: () => timed(runs, durable, STEPS),
    full: () => timed(runs, inFull, STEPS),
    crowd: () => timed(1, () => Promise.all(Array.from({ length: CROWD }, inEmpty)), STEPS * CROWD),
    durableCrowd: () => timed(1, () => Promise.all(Array.from({ length: CROWD }, durable)), STEPS * CROWD),
  };
  // A log that is still growing takes twice as long to sync; after a while it is written over, in both.
  for (const run of [inEmpty, inFull]) await timed(warmUpRuns, run);
  for (const run of Object.values(subjects)) await run();
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = Object.entries(subjects);
    for (const [name, run] of round % 2 ? order.toReversed() : order) times[name].push(await run());
  }
  await stop();
  await stopFull();
  const medians = Object.fromEntries(Object.entries(times).map(([name, each]) => [name, median(each)]));
  return /** @type {StoreTimes} */ ({ ...medians, anchors });
}

/**
 * Runs of {@link STEPS} steps of an agent that does nothing: in this process, and durable.
 * @returns {Promise<{ run: () => Promise<unknown>, durable: () => Promise<unknown>, stop: () => Promise<void> }>}
 */
async function worker(/** @type {import('@kaizen-eatp/core/store').TrustStore} */ store) {
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const alice = new TrustedAgent({ name: 'alice', agent: { run: async (input) => input }, trust });
  await alice.establishTrust({ authorityId, capabilities: ['work'] });
  const steps = definePattern({
    name: 'steps',
    async execute({ agents, invoke }) {
      for (let i = 0; i < STEPS; i += 1) await invoke(agents[0], 'x');
    },
  });
  const options = { agents: { alice }, trust, patterns: [steps], engine: hereEngine() };
  const runtime = new TrustAwareOrchestrationRuntime(options);
  const serving = await durableWorker({ ...options, concurrency: CROWD });
  return {
    run: () => runtime.execute('x', { pattern: 'steps' }),
    durable: async () => (await runtime.submit('x', { pattern: 'steps' })).result(),
    stop: () => serving.stop(),
  };
}

/** @param {number} times @param {() => unknown} work @param {number} [parts] @returns microseconds for one part */
async function timed(times, work, parts = 1) {
  const start = performance.now();
  for (let i = 0; i < times; i += 1) await work();
  return ((performance.now() - start) * 1000) / times / parts;
}

/** @param {number} anchors */
function* trails(anchors) {
  for (let trail = 0; trail < anchors / STEPS; trail += 1) {
    // As ids of runs are, so that trails come anywhere among others.
    const trailId = `run-${linkHash(TRAIL_START, String(trail)).slice(0, 36)}`;
    let previousHash = TRAIL_START;
    yield Array.from({ length: STEPS }, (_, i) => {
      const text = `${trail}/${i}${ROW}`;
      const hash = linkHash(previousHash, text);
      const anchorId = `aud-${trail}-${i}`;
      const entry = { trailId, sequence: i + 1, previousHash, hash, anchorId, agentId: 'agent-alice', text };
      previousHash = hash;
      return entry;
    });
  }
}
