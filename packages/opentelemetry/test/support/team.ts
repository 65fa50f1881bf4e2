import {
  type InvocationContext,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern, type PatternExecution, type RunObserver } from '@kaizen-eatp/core/plugin';

/** A team of a lead, a payer with a tool, a planner, a nested run and one denied action. */
export async function team(
  observers: readonly RunObserver[],
  agents: Readonly<Record<string, TrustedAgent>> = {},
) {
  const trust = new TrustOperations({ store: new MemoryTrustStore() });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  return { trust, authorityId, run: await teamIn(trust, authorityId, observers, agents) };
}

export async function teamIn(
  trust: TrustOperations,
  authorityId: string,
  observers: readonly RunObserver[],
  more: Readonly<Record<string, TrustedAgent>> = {},
) {
  const make = async (
    name: string,
    agent: (input: never, context: InvocationContext) => unknown,
    capabilities: readonly string[],
    rest: object = {},
  ): Promise<TrustedAgent> => {
    const made = new TrustedAgent({ name, agent, trust, ...rest } as never);
    await made.establishTrust({ authorityId, capabilities: [...capabilities], constraints: ['unheard_of'] });
    return made;
  };
  const checker = await make('checker', () => 'checked', ['check']);
  const nested = new TrustAwareOrchestrationRuntime({
    agents: { checker },
    trust,
    patterns: [definePattern({ name: 'inner', execute: ({ agents: [a], invoke }) => invoke(a!, 1) })],
    observers,
  });
  const lead = await make(
    'lead',
    async (_: unknown, context) =>
      (await nested.execute(1, { pattern: 'inner' as never, within: context })).result,
    ['pay', 'wire_transfer', 'check', 'lead'],
  );
  const payer = await make(
    'payer',
    (input: unknown, context) =>
      context.callTool('transfer', { amount: input, api_key: 'sk-abcdefghijklmnop' }),
    ['pay', 'wire_transfer'],
    {
      tools: {
        transfer: {
          capability: 'wire_transfer',
          effects: 'write',
          run: ({ amount }: { amount: number }) => ({ amount }),
        },
      },
    },
  );
  const slow = await make('slow', (_: unknown, { signal }) => until(signal), []);
  const execute = async ({ agents, delegate, invoke }: PatternExecution): Promise<unknown> => {
    const [l, p, ...others] = agents.slice(0, -1);
    await invoke(l!, 1);
    await delegate(l!, p!, { capabilities: ['pay'] });
    await invoke(p!, 2, { action: 'refund' }).catch(() => undefined);
    for (const other of others) {
      await delegate(l!, other, { capabilities: ['pay'] });
      await invoke(other, 3);
    }
    return 'done';
  };
  const mixed = async ({ agents, delegate, invoke }: PatternExecution): Promise<unknown> => {
    const [l, p, r] = agents;
    await invoke(l!, 1);
    await delegate(l!, p!, { capabilities: ['pay', 'wire_transfer'] });
    await invoke(p!, 2, { action: 'refund' }).catch(() => undefined);
    await invoke(p!, 2);
    await delegate(l!, r!, { capabilities: ['pay'] });
    return invoke(r!, 'who paid?');
  };
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: { lead, payer, ...more, slow },
    trust,
    patterns: [
      definePattern({ name: 'team', execute }),
      definePattern({ name: 'tool', execute: ({ agents: [, p], input, invoke }) => invoke(p!, input) }),
      definePattern({ name: 'mixed', execute: mixed }),
      definePattern({ name: 'slow', execute: ({ agents: all, invoke }) => invoke(all.at(-1)!, 1) }),
    ],
    observers,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return async (pattern: 'team' | 'tool' | 'slow' | 'mixed' = 'team', options: object = {}) => {
    const result = await runtime.execute(7, { pattern: pattern as never, taskId: 'task-7', ...options });
    await settled();
    return result;
  };
}

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
