import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { type OrchestrationResult, TrustAwareOrchestrationRuntime, TrustOperations } from '@kaizen-eatp/core';
import { supervisorWorker } from '@kaizen-eatp/patterns';
import { describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { type Fault, FaultyProxy } from './support/faulty-proxy.js';
import { ownFolder, runBridgeCommand } from './support/joined-worker.js';

const AGENTS = ['supervisor', 'worker_one', 'worker_two'];
const MODULE = fileURLToPath(new URL('./python/logged_agents.py', import.meta.url));
/** Decides about the faults that come at random. Which frames they meet depends on the machine too: there are more when it is slow. */
const SEED = Number(process.env.SEED ?? 20_261_125);
const FAULTS: readonly Fault[] = ['cut', 'truncate', 'duplicate', 'delay', 'overtake'];

/** A supervisor and two workers in Python, behind a proxy that follows a plan. */
async function stage(options: { readonly grace?: number } = {}) {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const bridge = await PythonBridge.listen({ trust, heartbeat: 500, ...options });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const proxy = await FaultyProxy.before(bridge.url);
  onTestFinished(() => proxy.close());
  const token = await bridge.createEnrolmentToken({
    authorityId: acme.id,
    agents: Object.fromEntries(AGENTS.map((name) => [name, {}])),
  });
  const folder = ownFolder();
  const log = join(folder, 'actions.log');
  const worker = runBridgeCommand(
    [
      ...['join', proxy.url, '--token', token, '--keys', join(folder, 'keys.json'), '--verify', 'signature'],
      ...AGENTS.flatMap((name) => ['--agent', `${name}=${MODULE}:${name}`]),
    ],
    { env: { ACTION_LOG: log } },
  );
  await worker.until(/joined as/);
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: Object.fromEntries(AGENTS.map((name) => [name, bridge.agent(name)])),
    trust,
    patterns: [supervisorWorker],
  });
  let read = 0;
  return {
    trust,
    bridge,
    proxy,
    worker,
    run: () => runtime.execute('the report', { pattern: 'supervisor_worker' }),
    /** The acts that were really done since the last question. */
    done: (): string[] => {
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      const since = lines.slice(read);
      read = lines.length;
      return since;
    },
  };
}

type Stage = Awaited<ReturnType<typeof stage>>;

/** The same result, everything done once, and a trail that says so. */
async function expectWhole({ trust, done }: Stage, result: OrchestrationResult): Promise<void> {
  const acts = done();
  const [runId] = [result.runId];
  expect(acts.map((line) => line.replace(/^\S+ /, '')).sort()).toEqual([
    'merge',
    'split',
    'work part 0 of the report',
    'work part 1 of the report',
    'work part 2 of the report',
  ]);
  expect(new Set(acts.map((line) => line.split(' ')[0])).size).toBe(5);
  expect(acts.every((line) => line.startsWith(`${runId}/`))).toBe(true);
  expect(JSON.stringify(result.result)).toContain('did part 2 of the report');
  const invocations = result.auditTrail.filter(({ context }) => context?.invocation_id);
  expect(invocations.map(({ result: end }) => end)).toEqual(Array(5).fill('success'));
  expect((await trust.verifyTrail(runId)).valid).toBe(true);
}

describe('a run over a bad connection', () => {
  it('has the same result, whatever happens at any frame of it', async () => {
    const world = await stage();
    const { proxy, bridge } = world;
    await expectWhole(world, await world.run());
    const recorded = proxy.seen.length;
    // Four of the login, and one each way for splitting, working and merging, at the least; acknowledgements come on top.
    expect(recorded).toBeGreaterThanOrEqual(10);
    for (const fault of FAULTS) {
      for (let at = 0; at < recorded; at++) {
        proxy.plan = (index) => (index === at ? fault : 'pass');
        await expectWhole(world, await world.run());
      }
    }
    proxy.plan = () => 'pass';
    expect(proxy.connections).toBeGreaterThan(recorded);
    expect(bridge.counters.duplicates).toBeGreaterThan(0);
    expect(bridge.counters.refused).toEqual({});
  }, 300_000);

  it('has the same result five hundred times, whatever happens at random', async () => {
    const world = await stage();
    const random = mulberry32(SEED);
    onTestFailed(() => console.error(`the faults follow from SEED=${SEED}`));
    for (let i = 0; i < 500; i++) {
      world.proxy.plan = () => {
        const dice = random();
        return dice < 0.06 ? (FAULTS[Math.floor(random() * FAULTS.length)] as Fault) : 'pass';
      };
      await expectWhole(world, await world.run());
    }
    expect(world.proxy.connections).toBeGreaterThan(250);
  }, 300_000);

  it('ends with an error that says the outcome is unknown, once the connection stays away for longer than its grace', async () => {
    const world = await stage({ grace: 150 });
    const { trust, proxy } = world;
    let count = 0;
    // The worker has got its work by then.
    proxy.plan = () => (++count > 6 ? 'cut' : 'pass');
    const error = await world.run().then(
      () => undefined,
      (thrown) => thrown,
    );
    proxy.plan = () => 'pass';
    expect(error).toMatchObject({ run: { runId: expect.any(String) } });
    const { runId } = error.run;
    expect((await trust.verifyTrail(runId)).valid).toBe(true);
    const unknown = error.run.auditTrail.filter(
      ({ context }: { context: { outcome: string } }) => context.outcome === 'unknown',
    );
    expect(unknown.length).toBeGreaterThan(0);
    for (const { result } of unknown) expect(result).toBe('partial');
    const acts = world.done();
    expect(new Set(acts).size).toBe(acts.length);
    // Nothing that is said to have succeeded was not done, and what was done is in the trail.
    const recorded = error.run.auditTrail.map(
      ({ context }: { context: { invocation_id: string } }) => context.invocation_id,
    );
    for (const line of acts) expect(recorded).toContain(line.split(' ')[0]);
    // And the worker comes back by itself.
    await expectWhole(world, await world.run());
  }, 60_000);
});

/** The same numbers in every run of the test. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
