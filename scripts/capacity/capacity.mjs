// Measures what a step costs on this machine, compares the simulation with the real system, and prints what both say about
// larger deployments. See docs/capacity.md.
import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { worker } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { hereEngine } from '../../bench/src/stores/here-engine.js';
import { EmbeddedServer } from '../../packages/store-postgres/test/server/embedded-server.ts';
import { simulate } from './simulate.mjs';

const STEPS = 40;
const server = await EmbeddedServer.start();
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const store = await PostgresTrustStore.open({ connectionString: server.url, schema: 'capacity' });
const trust = new TrustOperations({ store });
const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
const agent = new TrustedAgent({ name: 'worker', agent: async (input) => input, trust });
await agent.establishTrust({ authorityId, capabilities: ['work'] });
const patterns = [
  definePattern({
    name: 'steps',
    async execute({ agents: [a], invoke, input }) {
      for (let i = 0; i < STEPS; i += 1) await invoke(a, input);
    },
  }),
  definePattern({
    name: 'asking',
    execute: ({ approval, input }) => approval({ action: 'pay', input, approvers: ['carol'] }),
  }),
];
const options = { trust, agents: [agent], patterns, engine: hereEngine() };
const runtime = new TrustAwareOrchestrationRuntime(options);
const serving = await worker({ ...options, concurrency: 64 });
const input = { order: 'o-1', amount: 12.5, note: 'x'.repeat(200) };
const run = async () => (await runtime.submit(input, { pattern: 'steps' })).result();

/** Microseconds of a step, by the clock and by the processor, with so many runs at once. */
async function measure(runs) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: runs }, run));
  const wall = ((performance.now() - start) * 1_000) / (runs * STEPS);
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / (runs * STEPS) };
}
const median = (list) => list.toSorted((a, b) => a.wall - b.wall)[list.length >> 1];
const several = async (runs, times) => {
  const all = [];
  for (let i = 0; i < times; i += 1) all.push(await measure(runs));
  return median(all);
};
/** Bytes of the tables and their indexes. */
const sizes = async () => {
  const { rows } = await client.query(
    `SELECT relname AS name, pg_total_relation_size(c.oid)::float8 AS bytes FROM pg_class c
     JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'capacity' AND relkind = 'r'`,
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
};
const grown = (before, after, names, by) =>
  Math.round(names.reduce((sum, name) => sum + after.get(name) - before.get(name), 0) / by);

try {
  for (let i = 0; i < 10; i += 1) await run();
  const before = await sizes();
  const [one, some, many] = [await several(1, 9), await several(16, 5), await several(64, 5)];
  const after = await sizes();
  const steps = STEPS * (9 + 16 * 5 + 64 * 5);
  const anchor = grown(before, after, ['trail'], steps);
  const journal = grown(before, after, ['steps', 'deliveries'], steps);

  const submitted = await Promise.all(
    Array.from({ length: 500 }, () => runtime.submit(input, { pattern: 'asking' })),
  );
  while ((await store.findRuns({ states: ['waiting'], limit: 501 })).length < submitted.length)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const waiting = grown(after, await sizes(), ['runs', 'steps', 'deliveries'], submitted.length);

  const [{ runId }] = await store.findRuns({ states: ['succeeded'], limit: 1 });
  const start = performance.now();
  for (let i = 0; i < 10; i += 1) await trust.verifyTrail(runId);
  const verified = Math.round((10 * STEPS * 1_000) / (performance.now() - start));

  // The flush is what a lone step waits for besides its own computing; the rest follows from 64 runs at once.
  const workerCpu = Math.min(many.cpu, one.cpu);
  const flush = Math.max(1, one.wall - workerCpu);
  let each = flush;
  const at = (load) =>
    simulate({ workerCpu, flush, each }, { act: 0, steps: 20_000, serverCores: 1, ...load });
  for (let i = 0, low = 0; i < 20; i += 1) {
    const middle = (low + each) / 2;
    const previous = each;
    each = middle;
    if (at({ workers: 1, runs: 64 }) < 1e6 / many.wall) continue;
    low = middle;
    each = previous;
  }
  const print = (name, value) => console.log(`${name.padEnd(58)} ${value}`);
  print('a step of a worker, µs of its processor', workerCpu.toFixed(0));
  print('a commit of one step, µs', flush.toFixed(0));
  print('each further step in a commit, µs', each.toFixed(0));
  print('steps per second, 1 run: measured', (1e6 / one.wall).toFixed(0));
  print('steps per second, 64 runs: measured', (1e6 / many.wall).toFixed(0));
  print('steps per second, 16 runs: measured', (1e6 / some.wall).toFixed(0));
  print('steps per second, 16 runs: simulated', at({ workers: 1, runs: 16 }).toFixed(0));
  for (const workers of [2, 8, 32])
    for (const serverCores of [1, 8])
      print(
        `steps per second, ${workers} workers of 64 runs, server of ${serverCores}: simulated`,
        at({ workers, runs: 64, serverCores, steps: 100_000 }).toFixed(0),
      );
  print('bytes of an anchor, with its indexes', anchor);
  print('bytes of a journaled step, until its content is deleted', journal);
  print('bytes of a run that waits for an approval', waiting);
  print('anchors verified per second', verified);
} finally {
  await serving.stop();
  await store.close();
  await client.end();
  await server.stop();
}
process.exit(0);
