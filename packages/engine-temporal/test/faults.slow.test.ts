import type { ChildProcess } from 'node:child_process';
import { generateKeyPair, InMemoryKeyManager } from '@kaizen-eatp/core';
import { establishApprover, signApproval } from '@kaizen-eatp/core/durable';
import { Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
// @ts-expect-error: a module that worker processes run as it is.
import { expected, SECRET } from './team.mjs';
import { pause, Team } from './team-of-processes.js';
import { onServer } from './temporal-server.js';

onServer('durable runs on Temporal', () => {
  const team = new Team();

  it('end as without faults although workers are killed and stopped', async () => {
    const input = { steps: 12, sleep: 10 };
    const workers = [await team.startWorker(), await team.startWorker(), await team.startWorker()];
    const runs = await Promise.all(
      Array.from({ length: 12 }, () => team.own.runtime.submit(input, { pattern: 'chains' })),
    );
    const results = Promise.all(runs.map((run) => run.result()));
    const woken: Promise<unknown>[] = [];
    for (let fault = 0; fault < 5; fault++) {
      await pause(400);
      const at = fault % workers.length;
      const child = workers[at] as ChildProcess;
      if (fault === 2) {
        // It sleeps until others have taken its runs over, and must then write nothing.
        child.kill('SIGSTOP');
        woken.push(pause(14_000).then(() => child.kill('SIGCONT')));
      } else await team.kill(child);
      workers[at] = await team.startWorker();
    }
    expect(await results).toEqual(runs.map(() => expected(input)));
    await Promise.all(woken);
    await pause(1_000);
    for (const { runId } of runs) await team.expectSound(runId);
  });

  it('leave a worker that is stopped, which writes nothing once it wakes', async () => {
    const input = { steps: 40, pause: 100 };
    const first = await team.startWorker();
    const run = await team.own.runtime.submit(input, { pattern: 'chains' });
    const ownerNow = async () => (await team.own.store.readRun(run.runId)).run.owner;
    while ((await team.own.store.readTrail(run.runId)).length < 4) await pause(20);
    first.kill('SIGSTOP');
    const silent = await ownerNow();
    await team.startWorker();
    while ((await ownerNow()) === silent) await pause(50);
    const next = await ownerNow();
    expect(next > silent).toBe(true);
    first.kill('SIGCONT');
    expect(await run.result()).toEqual(expected(input));
    // It has noticed, and lives: it does not own the run any more.
    await expect.poll(() => team.runsOf(first), { timeout: 60_000 }).toEqual([]);
    expect(await ownerNow()).toBe(next);
    const claim = { op: 'claim_run', runId: run.runId, owner: silent, at: '2026-06-01T12:00:00.000+00:00' };
    await expect(team.own.store.commit([claim])).rejects.toMatchObject({ code: 'STORE_NOT_OWNER' });
    await team.expectSound(run.runId);
  });

  it('wait without a worker, and count approvals once that were given while there was none', async () => {
    const { trust, runtime } = team.own;
    const keyManager = new InMemoryKeyManager();
    const authority = await trust.createEnterpriseAuthority({ name: 'Board' });
    for (const approverId of ['carol', 'dan']) {
      const { privateKey, publicKey } = generateKeyPair();
      await keyManager.importKey(approverId, privateKey);
      await establishApprover(trust, { approverId, authorityId: authority.id, publicKey, actions: ['add'] });
    }
    const first = await team.startWorker();
    const run = await runtime.submit({ total: 4 }, { pattern: 'asking' });
    while ((await run.status()).state !== 'waiting') await pause(50);
    // It is executed no more a moment after its state is stored.
    await expect.poll(() => team.runsOf(first), { timeout: 60_000 }).toEqual([]);
    const [request] = await run.approvals();
    first.kill('SIGTERM');
    await team.exited(first);
    for (const approverId of ['carol', 'dan']) {
      const answer = await signApproval(request, { approverId, keyManager, decision: 'approve' });
      await run.answer(answer);
      await expect(run.answer(answer)).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    }
    await team.startWorker();
    expect(await run.result()).toMatchObject({ total: 5 });
    const trail = (await team.own.store.readTrail(run.runId)).map(({ text }: { text: string }) =>
      JSON.parse(text),
    );
    const granted = trail.filter(({ context }: { context: { approval?: object } }) => context.approval);
    expect(granted).toHaveLength(1);
    expect(granted[0].context.approval.answers).toHaveLength(2);
    await team.expectSound(run.runId);
  });

  it('are cancelled by any process, while they wait and while they are executed', async () => {
    await team.startWorker();
    const { runtime } = team.own;
    const waiting = await runtime.submit({ steps: 1, sleep: 3_600_000 }, { pattern: 'chains' });
    const running = await runtime.submit({ steps: 1_000_000 }, { pattern: 'chains' });
    while ((await waiting.status()).state !== 'waiting') await pause(50);
    while ((await running.status()).state !== 'running') await pause(50);
    for (const { runId } of [waiting, running]) {
      const run = runtime.attach(runId);
      await run.cancel({ by: 'carol', reason: 'no longer needed' });
      await expect(run.result()).rejects.toMatchObject({ code: 'EXECUTION_CANCELLED' });
      const last = (await team.own.store.readTrail(runId)).at(-1);
      expect(JSON.parse(last.text).context.error.message).toContain('carol: no longer needed');
      expect((await run.status()).state).toBe('cancelled');
    }
  });

  it('leave nothing of what they do in Temporal', async () => {
    await team.startWorker();
    const input = { steps: 2, sleep: 200 };
    const run = await team.own.runtime.submit(input, { pattern: 'chains' });
    expect(await run.result()).toEqual(expected(input));
    const { address, schema } = team.place;
    const connection = await Connection.connect({ address });
    try {
      const execution = { workflowId: `${schema}/${run.runId}` };
      const history = async () =>
        (await connection.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution }))
          .history?.events ?? [];
      // WorkflowExecutionCompleted
      await expect.poll(async () => (await history()).at(-1)?.eventType, { timeout: 60_000 }).toBe(2);
      const text = readable(await history());
      expect(text).toContain(run.runId);
      for (const hidden of [SECRET, 'steps', 'total', 'chains', 'lead']) expect(text).not.toContain(hidden);
    } finally {
      await connection.close();
    }
  });
});

/** The whole value as JSON, with its bytes as strings. */
const readable = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString() : part));
