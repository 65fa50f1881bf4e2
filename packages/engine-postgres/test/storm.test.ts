import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
// @ts-expect-error: a module that worker processes run as it is.
import { expected, openTeam } from './team.mjs';

const server = sharedServer();
const script = fileURLToPath(new URL('./worker-process.mjs', import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const processes = new Set<ChildProcess>();
let team: Awaited<ReturnType<typeof openTeam>>;
let place: { url: string; schema: string; folder: string };

async function startWorker(): Promise<ChildProcess> {
  const child = fork(script, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  processes.add(child);
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('the worker ended before it was ready')));
  });
  return child;
}

const exited = (child: ChildProcess) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once('exit', resolve);
  });

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await exited(child);
  processes.delete(child);
}

/** A whole trail, nothing open, and no act repeated after a recorded success. */
async function expectSound(runId: string): Promise<void> {
  expect(await team.trust.verifyTrail(runId)).toMatchObject({ valid: true, problems: [] });
  expect(await team.store.openIntents({ trailId: runId })).toEqual([]);
  const succeeded: string[] = [];
  for (const { text } of await team.store.readTrail(runId)) {
    const { invocation_id: id, outcome } = JSON.parse(text).context;
    if (id !== undefined && outcome === 'success') succeeded.push(id.replaceAll(/#\d+/g, ''));
  }
  expect(new Set(succeeded).size).toBe(succeeded.length);
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-engine-'));
  place = { url: server.url, schema: server.schema(), folder };
  team = await openTeam(place);
  const authority = await team.trust.createEnterpriseAuthority({ name: 'ACME' });
  for (const agent of team.agents)
    await agent.establishTrust({ authorityId: authority.id, capabilities: [] });
});
afterEach(async () => {
  for (const child of processes) await kill(child);
});
afterAll(async () => {
  await team.engine.close();
  await team.store.close();
  rmSync(place.folder, { recursive: true, force: true });
  await server.sql(`DROP SCHEMA IF EXISTS "${place.schema}_q" CASCADE`);
});

describe('durable runs on PostgreSQL', () => {
  it('wait without a place in the queue, and are handed over when a worker stops', async () => {
    const first = await startWorker();
    const input = { steps: 10, sleep: 2_500 };
    const run = await team.runtime.submit(input, { pattern: 'chains' });
    const states = new Set<string>();
    let handedOver: Promise<unknown> | undefined;
    while ((await run.status()).state !== 'succeeded') {
      const { state } = await run.status();
      states.add(state);
      // The worker stops during the steps, and another one continues.
      if (state === 'running' && !handedOver) {
        first.kill('SIGTERM');
        handedOver = exited(first).then(startWorker);
      }
      if (state === 'waiting') {
        const jobs = await server.sql(
          `SELECT state FROM "${place.schema}_q".job WHERE data->>'runId' = $1 AND state IN ('created', 'active', 'retry')`,
          [run.runId],
        );
        states.add(`${jobs.length} jobs`);
      }
      await pause(50);
    }
    await handedOver;
    expect(await run.result()).toEqual(expected(input));
    expect([...states]).toEqual(expect.arrayContaining(['running', 'waiting', '0 jobs']));
    await expectSound(run.runId);
  });

  it('are cancelled by any process, and the trail says who asked for it', async () => {
    await startWorker();
    const run = await team.runtime.submit({ steps: 1, sleep: 3_600_000 }, { pattern: 'chains' });
    while ((await run.status()).state !== 'waiting') await pause(50);
    await team.runtime.attach(run.runId).cancel({ by: 'carol', reason: 'no longer needed' });
    await expect(run.result()).rejects.toMatchObject({ code: 'EXECUTION_CANCELLED' });
    const last = (await team.store.readTrail(run.runId)).at(-1);
    expect(JSON.parse(last.text).context.error.message).toContain('carol: no longer needed');
    expect((await run.status()).state).toBe('cancelled');
  });

  it('end as without faults although workers are killed and stopped', async () => {
    const input = { steps: 12, sleep: 10 };
    const workers = [await startWorker(), await startWorker(), await startWorker()];
    const runs = await Promise.all(
      Array.from({ length: 12 }, () => team.runtime.submit(input, { pattern: 'chains' })),
    );
    const results = Promise.all(runs.map((run: { result(): Promise<unknown> }) => run.result()));
    const woken: Promise<unknown>[] = [];
    for (let fault = 0; fault < 5; fault++) {
      await pause(400);
      const at = fault % workers.length;
      const child = workers[at] as ChildProcess;
      if (fault === 2) {
        // It sleeps until others have taken its runs over, and must then write nothing.
        child.kill('SIGSTOP');
        woken.push(pause(14_000).then(() => child.kill('SIGCONT')));
      } else await kill(child);
      workers[at] = await startWorker();
    }
    expect(await results).toEqual(runs.map(() => expected(input)));
    await Promise.all(woken);
    await pause(1_000);
    for (const { runId } of runs) await expectSound(runId);
  });
});
