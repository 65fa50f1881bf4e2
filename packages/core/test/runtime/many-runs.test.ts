import type { InvocationContext } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { expect, it } from 'vitest';
import { World } from './world.js';

const RUNS = 100;

it('a hundred runs at once over the same agents leave a hundred trails that have nothing of each other', async () => {
  const world = await World.make();
  const work = async (input: unknown, context: InvocationContext) => {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate);
    const told = await context.callTool('read_mail', {});
    expect(told).toEqual([context.runId, context.taskId, `${context.depth + 1}`]);
    return `${String(input)} ${context.taskId}`;
  };
  const tools = {
    read_mail: (_args: unknown, { runId, taskId, depth }: InvocationContext) => [runId, taskId, `${depth}`],
  };
  const alice = await world.agent('alice', work, { capabilities: ['read_mail'], tools });
  const bob = await world.agent('bob', work, { tools });
  const runtime = world.runtime([alice, bob], async ({ agents: [a, b], input, delegate, invoke }) => {
    const first = await invoke(a!, input);
    await delegate(a!, b!, { capabilities: ['read_mail'] });
    return invoke(b!, first);
  });

  const results = await Promise.all(
    Array.from({ length: RUNS }, (_, i) => runtime.execute(i, { pattern: 'probe', taskId: `task-${i}` })),
  );

  const anchorIds = new Set<string>();
  for (const [i, { result, runId, taskId, auditTrail, delegations }] of results.entries()) {
    expect(result).toBe(`${i} task-${i} task-${i}`);
    expect(taskId).toBe(`task-${i}`);
    const trail = await world.trail(runId);
    expect(trail.map(({ id }) => id)).toEqual(auditTrail.map(({ id }) => id));
    expect(trail.map(({ agentId }) => agentId.slice(6))).toEqual(['alice', 'alice', 'bob', 'bob', 'alice']);
    for (const [at, { id, context }] of trail.entries()) {
      expect(context).toMatchObject({ task_id: taskId, trail: { id: runId, sequence: at + 1 } });
      anchorIds.add(id);
    }
    expect(delegations.map((delegation) => delegation.taskId)).toEqual([taskId]);
  }
  expect(anchorIds.size).toBe(RUNS * 5);
  expect(new Set(results.map(({ runId }) => runId)).size).toBe(RUNS);
  expect(await world.store.openIntents()).toEqual([]);
  for (const { receipt } of results.slice(0, 3)) {
    expect((await verifyReceipt(await receipt())).problems).toEqual([]);
  }
});

it('a run that fails, or is cancelled, leaves the others alone', async () => {
  const world = await World.make();
  const alice = await world.agent('alice', (input: unknown) => {
    if (input === 1) throw new Error('no');
    return input;
  });
  const runtime = world.runtime([alice], async ({ agents, input, invoke, signal }) => {
    await new Promise(setImmediate);
    if (signal.aborted) return 'never read';
    return invoke(agents[0]!, input);
  });
  const options = { pattern: 'probe' } as const;
  const cancelled = runtime.start(2, options);
  cancelled.cancel();
  const outcomes = await Promise.allSettled([
    runtime.execute(0, options),
    runtime.execute(1, options),
    cancelled.result,
    runtime.execute(3, options),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'fulfilled', value: { result: 0 } },
    { status: 'rejected', reason: { code: 'AGENT_FAILED' } },
    { status: 'rejected', reason: { code: 'EXECUTION_CANCELLED' } },
    { status: 'fulfilled', value: { result: 3 } },
  ]);
});
