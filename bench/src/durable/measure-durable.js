// Measures durable runs over SQLite in a process of its own and prints the figures as JSON; its argument is the scale.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { worker } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { sequential } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { costOf, median } from '../measure.js';
import { checkOutput, input, agents as work } from '../work.js';
import { langgraph } from './langgraph-sqlite.js';

const CROWD = 64;

/** @type {Record<import('../effort.js').Scale, { rounds: number, runs: number, suspended: number, resumed: number }>} */
const EFFORTS = {
  full: { rounds: 15, runs: 40, suspended: 10_000, resumed: 20 },
  quick: { rounds: 5, runs: 20, suspended: 10_000, resumed: 10 },
  smoke: { rounds: 1, runs: 2, suspended: 100, resumed: 2 },
};

/**
 * @typedef {Record<'cpu' | 'wall' | 'crowd', number>} Three  Of one run: of the main thread; that passes; that passes with 64 at once.
 *
 * @typedef {object} DurableTimes  Microseconds.
 * @property {{ ours: Three, langgraph: Three }} three
 * @property {Three} ratios  Of ours over LangGraph, round by round.
 * @property {{ count: number, list: number, alone: number, beside: number, ratio: number, bytes: number }} suspended
 *   To list 100 of so many runs; to resume one without the others and beside them; and the heap that each takes.
 * @property {string} version
 */

const effort = EFFORTS[/** @type {import('../effort.js').Scale} */ (process.argv[2] ?? 'full')];
const folder = mkdtempSync(join(tmpdir(), 'eatp-bench-'));
/** Waits for an hour before its work, so that its runs are suspended. */
const resting = definePattern({
  name: 'resting',
  async execute({ agents: [first], invoke, sleep, input: given }) {
    await sleep(3_600_000);
    return invoke(first, given);
  },
});
const alone = await open('alone');
const crowded = await open('crowded');
const peer = await langgraph(join(folder, 'langgraph.db'));
try {
  const ours = async () => (await alone.runtime.submit(input, { pattern: 'sequential' })).result();
  const three = await inTurn({ ours, langgraph: peer.run });
  console.log(JSON.stringify({ ...three, suspended: await besideSuspended(), version: peer.version }));
} finally {
  await alone.close();
  await crowded.close();
  peer.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A deployment with its worker in this process. @param {string} name */
async function open(name) {
  const store = await SqliteTrustStore.open({ path: join(folder, `${name}.db`) });
  const trust = new TrustOperations({ store });
  const agents = work.map((agent, i) => new TrustedAgent({ name: `agent${i}`, agent, trust }));
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  for (const agent of agents) await agent.establishTrust({ authorityId, capabilities: ['work'] });
  const options = { agents, trust, patterns: [sequential, resting] };
  const serving = await worker({ ...options, concurrency: CROWD });
  return {
    store,
    runtime: new TrustAwareOrchestrationRuntime(options),
    async close() {
      await serving.stop();
      await store.close();
    },
  };
}

/** @param {{ ours: () => Promise<unknown>, langgraph: () => Promise<unknown> }} subjects */
async function inTurn(subjects) {
  const { rounds, runs } = effort;
  const order = /** @type {const} */ (['ours', 'langgraph']);
  /** @type {Record<'ours' | 'langgraph', Three[]>} */
  const times = { ours: [], langgraph: [] };
  for (const id of order) for (let i = 0; i < 2 * runs; i += 1) checkOutput(await subjects[id]());
  for (let round = 0; round < rounds; round += 1) {
    for (const id of round % 2 ? order.toReversed() : order) {
      const { cpu, wall } = await costOf(subjects[id], runs);
      const many = await costOf(() => Promise.all(Array.from({ length: CROWD }, subjects[id])));
      times[id].push({ cpu, wall, crowd: many.wall / CROWD });
    }
  }
  const each = (/** @type {(key: keyof Three) => number[]} */ of) => ({
    cpu: median(of('cpu')),
    wall: median(of('wall')),
    crowd: median(of('crowd')),
  });
  return {
    three: {
      ours: each((key) => times.ours.map((one) => one[key])),
      langgraph: each((key) => times.langgraph.map((one) => one[key])),
    },
    ratios: each((key) => times.ours.map((one, i) => one[key] / times.langgraph[i][key])),
  };
}

/** Resumes a suspended run in a store without others and, in turn with it, in one with many. */
async function besideSuspended() {
  const { suspended: count, resumed, rounds } = effort;
  const run = { alone: await suspended(alone), beside: await suspended(crowded) };
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  await addSuspended(run.beside.runId, count);
  globalThis.gc?.();
  const bytes = Math.max(0, process.memoryUsage().heapUsed - heap) / count;
  const { wall: list } = await costOf(() => crowded.store.findRuns({ states: ['waiting'], limit: 100 }), 20);
  const order = /** @type {const} */ (['alone', 'beside']);
  const times = { alone: /** @type {number[]} */ ([]), beside: /** @type {number[]} */ ([]) };
  for (let round = 0; round < rounds * resumed; round += 1)
    for (const id of round % 2 ? order.toReversed() : order) times[id].push(await resume(run[id]));
  const ratio = median(times.beside.map((each, i) => each / times.alone[i]));
  return { count, list, alone: median(times.alone), beside: median(times.beside), ratio, bytes };
}

/** @param {Run} run @returns microseconds from the wish to continue a suspended run until it is suspended again */
async function resume(run) {
  const before = (await run.status()).updatedAt;
  const start = performance.now();
  await run.resume();
  for (
    let now = await run.status();
    now.state !== 'waiting' || now.updatedAt === before;
    now = await run.status()
  )
    await new Promise((resolve) => setImmediate(resolve));
  return (performance.now() - start) * 1000;
}

/** @typedef {import('@kaizen-eatp/core/durable').DurableRun<unknown>} Run */

/** @param {Awaited<ReturnType<typeof open>>} of @returns {Promise<Run>} */
async function suspended({ runtime }) {
  const run = await runtime.submit(input, { pattern: /** @type {any} */ ('resting') });
  while ((await run.status()).state !== 'waiting') await new Promise((resolve) => setTimeout(resolve, 5));
  return run;
}

/** Adds rows as suspended runs have them. @param {string} like @param {number} count */
async function addSuspended(like, count) {
  const [row] = await crowded.store.findRuns({ runIds: [like], limit: 1 });
  for (let i = 0; i < count; i += 500) {
    const ids = Array.from({ length: Math.min(500, count - i) }, (_, j) => `run-suspended-${i + j}`);
    await crowded.store.commit(ids.map((runId) => ({ op: 'add_run', run: { ...row, runId, owner: null } })));
  }
}
