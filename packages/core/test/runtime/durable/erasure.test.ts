import { definePattern } from '@kaizen-eatp/core/plugin';
import { expect, it } from 'vitest';
import { type AgentPlan, Machines } from './crashes.js';

const SECRET = 'the diagnosis of dave';
const DAVE = {
  humanId: 'dave.miller@acme.example',
  displayName: 'Dave Miller',
  authProvider: 'oidc',
  sessionId: 's-1',
  authenticatedAt: '2026-01-05T11:03:59+00:00',
};

/** Two steps, of which the first starts a run inside the run. */
const nested = definePattern({
  name: 'nested',
  async execute({ agents: [a], invoke, input }) {
    return [await invoke(a!, input), await invoke(a!, input)];
  },
});
const inner = definePattern({
  name: 'inner',
  execute: ({ agents: [, b], invoke, input }) => invoke(b!, input),
});

async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Machines whose first agent starts a run of the second one in its first step, and in its second one after a gate. */
async function team(gate: () => Promise<void>) {
  let calls = 0;
  let innerCalls = 0;
  const outer: AgentPlan = {
    work: async (input, context, runtime) => {
      calls += 1;
      if (calls > 1) await gate();
      await runtime().execute(input, { pattern: 'inner', within: context } as never);
      return SECRET;
    },
  };
  const innerPlan: AgentPlan = {
    work: () => {
      innerCalls += 1;
      return SECRET;
    },
  };
  const machines = await Machines.make({ a: outer, b: innerPlan }, [nested, inner]);
  const submit = async () =>
    (await machines.process().runtime.submit(SECRET, { pattern: 'nested', humanOrigin: DAVE } as never))
      .runId;
  const contentOf = async (runId: string): Promise<unknown[]> => {
    const found = [];
    for (const { runId: id } of await machines.store.findRuns({})) {
      const { run, steps, delivered } = (await machines.store.readRun(id))!;
      if (id === runId || run.parentRunId === runId)
        found.push(run.request, run.outcome, ...steps, ...delivered);
    }
    return found.filter((each) => each !== null);
  };
  return { machines, submit, contentOf, calls: () => [calls, innerCalls] };
}

it('removes the content of ended durable runs, and of runs inside them', async () => {
  const { machines, submit, contentOf } = await team(async () => undefined);
  const serving = await machines.process().worker();
  const runId = await submit();
  await machines.process().runtime.attach(runId).result();
  expect((await machines.store.findRuns({ parentRunId: runId })).length).toBe(2);
  expect((await contentOf(runId)).length).toBeGreaterThan(4);
  expect(await machines.trust.erase(DAVE.humanId)).toMatchObject({ runs: 3 });
  expect(await contentOf(runId)).toEqual([]);
  await machines.expectSound(runId);
  const result = machines.process().runtime.attach(runId).result();
  await expect(result).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  await serving.stop();
});

it('ends a durable run in progress, in which no agent acts and of which nothing is stored afterwards', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { machines, submit, contentOf, calls } = await team(() => gate);
  const serving = await machines.process().worker();
  const runId = await submit();
  await untilTrue(() => calls()[0] === 2);
  expect(await machines.trust.erase(DAVE.humanId)).toMatchObject({ runs: 2 });
  open();
  await untilTrue(() => serving.runIds.length === 0);
  expect(await machines.process().runtime.attach(runId).status()).toMatchObject({
    state: 'cancelled',
    note: 'The data of its person was erased.',
  });
  await serving.stop();
  expect(calls(), 'the calls of both agents').toEqual([2, 1]);
  expect(await contentOf(runId)).toEqual([]);
  // The trail shows that the run did not come to its end, and is sound so far.
  expect(await machines.trust.verifyTrail(runId)).toMatchObject({ state: 'open', problems: [] });
  const again = await machines.process().worker();
  await again.stop();
  expect(await machines.trust.erase(DAVE.humanId)).toMatchObject({ disclosures: 0, runs: 0 });
});
