import { type InvocationContext, OrchestrationRuntime } from '@kaizen-eatp/core';
import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { never, probe, rejection } from './world.js';

const plain = (
  agents: Record<string, (input: never, context: InvocationContext) => unknown>,
  execute: (execution: PatternExecution<Record<string, never>>) => unknown,
) => new OrchestrationRuntime({ agents, patterns: [probe(execute)] });

describe('the runtime without trust runs the same patterns', () => {
  it('with functions and objects as agents, and records nothing', async () => {
    class Doubler {
      constructor(private readonly factor: number) {}
      run(input: number): number {
        return input * this.factor;
      }
    }
    const runtime = new OrchestrationRuntime({
      agents: { inc: (input: number) => input + 1, double: new Doubler(2) },
      patterns: [
        definePattern({
          name: 'probe',
          execute: async ({ agents: [a, b], input, invoke, delegate, verify, share }) => {
            expect((await verify(b!, 'anything')).valid).toBe(true);
            await delegate(a!, b!, { capabilities: ['execute'] });
            return share(b!, await invoke(b!, await invoke(a!, input)), { action: 'execute' });
          },
        }),
      ],
    });
    const result = await runtime.execute(20, { pattern: 'probe' });
    expect(result).toMatchObject({ success: true, result: 42, auditTrail: [], delegations: [] });
    expect(await rejection(result.receipt())).toMatchObject({ code: 'STORE_FAILED' });
  });

  it('with the same errors', async () => {
    const failing = plain({ a: () => Promise.reject(new Error('no')) }, ({ agents, invoke }) =>
      invoke(agents[0]!, 1),
    );
    expect((await rejection(failing.execute(1, { pattern: 'probe' }))).code).toBe('AGENT_FAILED');
    const hanging = plain({ a: never }, ({ agents, invoke }) => invoke(agents[0]!, 1));
    expect((await rejection(hanging.execute(1, { pattern: 'probe', timeout: 5 }))).code).toBe(
      'EXECUTION_TIMEOUT',
    );
    const early = plain({ a: never }, ({ agents, invoke }) => {
      invoke(agents[0]!, 1).catch(() => undefined);
    });
    expect((await rejection(early.execute(1, { pattern: 'probe' }))).code).toBe('PATTERN_CONTRACT_BROKEN');
    const forged = plain({ a: () => 1 }, ({ agents, invoke }) => invoke({ ...agents[0]! }, 1));
    expect((await rejection(forged.execute(1, { pattern: 'probe' }))).code).toBe('PATTERN_CONTRACT_BROKEN');
  });

  it('with an invocation context that ends with the invocation', async () => {
    const runtime = plain(
      { a: (_input, { taskId, invocationId }) => ({ taskId, invocationId }) },
      ({ agents, invoke }) => invoke(agents[0]!, 1),
    );
    const { result, runId } = await runtime.execute(1, { pattern: 'probe', taskId: 'task-1' });
    expect(result).toEqual({ taskId: 'task-1', invocationId: `${runId}/1` });
  });

  it('and no agent acts through its context', async () => {
    const runtime = plain(
      {
        a: async (_input, context) => [
          (await rejection(context.callTool('x'))).code,
          (await rejection(context.invoke({ id: 'agent-a', name: 'a' }, 1))).code,
          (await rejection(context.delegate({ id: 'agent-a', name: 'a' }, { capabilities: ['x'] }))).code,
          'prove' in context,
        ],
      },
      ({ agents, invoke }) => invoke(agents[0]!, 1),
    );
    const { result } = await runtime.execute(1, { pattern: 'probe' });
    expect(result).toEqual(['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', false]);
  });

  it('with the limits that it was given', async () => {
    const runtime = new OrchestrationRuntime({
      agents: { a: never },
      patterns: [probe(({ agents, invoke }) => invoke(agents[0]!, 1))],
      limits: { invocationTimeout: 5 },
    });
    const outcome = await Promise.race([
      runtime.execute(1, { pattern: 'probe' }).catch((error: unknown) => error),
      new Promise((resolve) => setTimeout(resolve, 100, 'nothing happened')),
    ]);
    expect(outcome).toMatchObject({ code: 'EXECUTION_TIMEOUT' });
  });
});
