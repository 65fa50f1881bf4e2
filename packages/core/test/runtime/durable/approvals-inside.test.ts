import type { InvocationContext } from '@kaizen-eatp/core';
import { type DurableRun, type RunWorker, signApproval } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { sequential } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { asking, people, waiting } from './approvers.js';
import { type AgentPlan, Machines } from './crashes.js';

const requiresApproval = { approvers: ['carol'] };
const pay = { run: () => 'paid', requiresApproval };

async function team(clerk: AgentPlan) {
  const machines = await Machines.make(
    {
      clerk: { capabilities: ['pay', 'settle'], ...clerk },
      payer: { capabilities: ['pay'], tools: { pay }, work: (_, { callTool }) => callTool('pay', {}) },
    },
    [sequential],
  );
  const keyManager = await people(machines, ['carol']);
  const approve = async (run: DurableRun) => {
    const [request] = await run.approvals();
    const yes = { approverId: 'carol', keyManager, decision: 'approve' } as const;
    await run.answer(await signApproval(request!, yes));
  };
  const submit = () => machines.process().runtime.submit('i-1', { pattern: 'sequential', agents: ['clerk'] });
  return { machines, approve, submit };
}

/** Waits until the run asks, and holds its worker meanwhile. */
async function held(run: DurableRun, serving: RunWorker): Promise<void> {
  await expect.poll(() => run.approvals(), { timeout: 20_000 }).toHaveLength(1);
  // A run that leaves its process does so at once; on a slow machine the test could only miss that it left.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await run.status()).state).toBe('running');
  expect(serving.runIds).toEqual([run.runId]);
}

describe('an approval inside an invocation', () => {
  it('of a tool that another tool uses holds no worker', async () => {
    const settle = { run: async (_: unknown, context: InvocationContext) => context.callTool('pay', {}) };
    const { machines, approve, submit } = await team({
      tools: { pay, settle },
      work: (_, { callTool }) => callTool('settle', {}),
    });
    const first = await machines.process().worker();
    const run = await submit();
    await waiting(run);
    await expect.poll(() => first.runIds, { timeout: 20_000 }).toEqual([]);
    await first.stop();
    await approve(run);
    const second = await machines.process().worker();
    expect(await run.result()).toBe('paid');
    await machines.expectSound(run.runId);
    await second.stop();
  });

  it.each<[string, AgentPlan]>([
    [
      'an agent around it is not to be called again',
      { interrupted: 'unknown', tools: { pay }, work: (_, { callTool }) => callTool('pay', {}) },
    ],
    [
      'the act is under a delegation of the invocation, which a repetition makes anew',
      {
        work: async (_, context, _runtime, agents) => {
          const payer = agents[1]!;
          await context.delegate(payer, { capabilities: ['pay'] });
          return context.invoke(payer, 'i-1', { action: 'pay' });
        },
      },
    ],
  ])('holds the worker where %s', async (_, clerk) => {
    const { machines, approve, submit } = await team(clerk);
    const serving = await machines.process().worker();
    const run = await submit();
    await held(run, serving);
    await approve(run);
    expect(await run.result()).toBe('paid');
    expect(machines.acts.every(({ attempt }) => attempt === 1)).toBe(true);
    await machines.expectSound(run.runId);
    await serving.stop();
  });

  it('of a pattern that an agent runs holds the worker, and its answer continues the run around it', async () => {
    const machines = await Machines.make(
      {
        payer: {
          work: async (input, context, runtime) =>
            input === 'start'
              ? (await runtime().execute({ amount: 5 }, { pattern: 'asking' as never, within: context }))
                  .result
              : { paid: input },
        },
      },
      [
        definePattern({ name: 'one', execute: ({ agents: [a], invoke }) => invoke(a!, 'start') }),
        asking(requiresApproval),
      ],
    );
    const keyManager = await people(machines, ['carol']);
    const serving = await machines.process().worker();
    const { runtime } = machines.process();
    const run = await runtime.submit(null, { pattern: 'one' as never });
    const inner = runtime.attach(`${run.runId}/1~1`);
    await expect.poll(() => inner.approvals().catch(() => []), { timeout: 20_000 }).toHaveLength(1);
    expect((await run.status()).state).toBe('running');
    const [request] = await inner.approvals();
    await inner.answer(
      await signApproval(request!, { approverId: 'carol', keyManager, decision: 'approve' }),
    );
    // Only the run around it is given to workers.
    expect(['waiting', 'succeeded']).toContain((await inner.status()).state);
    expect(await run.result()).toMatchObject({ granted: true, paid: { paid: { amount: 5 } } });
    expect((await inner.status()).state).toBe('succeeded');
    await machines.expectSound(run.runId);
    await serving.stop();
  });
});
