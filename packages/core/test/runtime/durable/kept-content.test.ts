import { MemoryTrustStore } from '@kaizen-eatp/core';
import { signApproval } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { asking, people, plans, waiting } from './approvers.js';
import { Machines } from './crashes.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Two versions of a pattern; both wait after their first step. */
const version = (second: string) =>
  definePattern({
    name: 'versioned',
    async execute({ agents: [a], invoke, sleep }) {
      const first = await invoke(a!, second === 'old' ? 'one' : 'uno');
      await sleep(1_500);
      return [first, await invoke(a!, 'two')];
    },
  });
const echo = { a: { work: (input: unknown) => `did ${input}` } };

async function reached(machines: Machines, runId: string, state: string): Promise<void> {
  for (;;) {
    const [run] = await machines.store.findRuns({ runIds: [runId] });
    if (run?.state === state) return;
    await pause(10);
  }
}

describe('a durable run', () => {
  it('is withheld from a worker whose code would take another way, and goes on with the earlier code', async () => {
    const store = suiteStore();
    const machines = await Machines.make(echo, [version('old')], store);
    const first = await machines.process().worker();
    const run = await machines.process().runtime.submit(null, { pattern: 'versioned' as never });
    await reached(machines, run.runId, 'waiting');
    await first.stop();
    const second = await machines.process().worker({ patterns: [version('new')] });
    await reached(machines, run.runId, 'withheld');
    expect((await run.status()).note).toContain('step 1');
    await second.stop();
    const third = await machines.process().worker();
    expect(await run.result()).toEqual(['did one', 'did two']);
    await machines.expectSound(run.runId);
    await third.stop();
  });

  it('keeps no input, outcome or result once its retention is over, while its trail stays', async () => {
    const machines = await Machines.make(echo, [version('old')]);
    const serving = await machines.process().worker({ retention: 0 });
    const run = await machines.process().runtime.submit('secret', { pattern: 'versioned' as never });
    await reached(machines, run.runId, 'succeeded');
    for (;;) {
      const kept = await machines.store.readRun(run.runId);
      if (kept?.run.request === null) break;
      await pause(20);
    }
    expect(await machines.store.readRun(run.runId)).toMatchObject({
      run: { state: 'succeeded', request: null, outcome: null },
      steps: [],
      delivered: [],
    });
    await expect(run.result()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await machines.expectSound(run.runId);
    await serving.stop();
  });

  it('leaves nothing of its content readable in the store', async () => {
    const marker = 'marker-5c1f';
    const leaking = definePattern({
      name: 'leaking',
      execute: async ({ agents: [a], invoke, input }) => ({ answer: await invoke(a!, input), input }),
    });
    const machines = await Machines.make({ a: { work: (input) => ({ again: input }) } }, [leaking]);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit({ marker }, { pattern: 'leaking' as never });
    expect(JSON.stringify(await run.result())).toContain(marker);
    const kept = JSON.stringify([
      await machines.store.readRun(run.runId),
      await machines.store.readTrail(run.runId),
    ]);
    expect(kept).not.toContain(marker);
    expect(kept).not.toContain(Buffer.from(marker).toString('base64').slice(0, 10));
    await serving.stop();
  });

  it('that waits goes with an export, and continues in another store', async () => {
    const store = suiteStore() as MemoryTrustStore;
    const machines = await Machines.make(plans, [asking({ approvers: ['carol'] })], store);
    const keys = await people(machines, ['carol']);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit({ amount: 5 }, { pattern: 'asking' as never });
    const request = await waiting(run);
    await serving.stop();
    const copy = new MemoryTrustStore();
    const report = await copy.importJsonLines(store.exportJsonLines());
    expect(report).toMatchObject({ run: 1, step: 1 });
    const elsewhere = machines.process(copy);
    const moved = elsewhere.runtime.attach(run.runId);
    const yes = { approverId: 'carol', keyManager: keys, decision: 'approve' } as const;
    await moved.answer(await signApproval(request, yes));
    const next = await elsewhere.worker();
    expect(await moved.result()).toMatchObject({ granted: true, paid: { paid: { amount: 5 } } });
    await next.stop();
    expect((await run.status()).state).toBe('waiting');
  });
});
