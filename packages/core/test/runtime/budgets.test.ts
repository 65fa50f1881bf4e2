import {
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';

/** Invokes every agent in turn until one is denied; says how often each was invoked. */
const spending = definePattern({
  name: 'spending',
  async execute({ agents: [lead, ...others], delegate, invoke, input }) {
    const counts: Record<string, number> = {};
    const { constraints } = (input ?? {}) as { constraints?: string[] };
    for (const agent of others) await delegate(lead!, agent, constraints && { constraints });
    const denied: string[] = [];
    for (let round = 0; round < 20 && denied.length < others.length; round++)
      for (const agent of others) {
        const ok = await invoke(agent, round).then(
          () => true,
          (error: { denial?: { reason: string } }) => {
            denied.push(error.denial?.reason ?? String(error));
            return false;
          },
        );
        if (ok) counts[agent.name] = (counts[agent.name] ?? 0) + 1;
      }
    return { counts, denied };
  },
});

async function team(work: (input: unknown, context: InvocationContext) => unknown) {
  const trust = new TrustOperations({ store: suiteStore() });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents = ['lead', 'one', 'two'].map((name) => new TrustedAgent({ name, agent: work, trust }));
  for (const agent of agents) await agent.establishTrust({ authorityId, capabilities: ['work'] });
  const options = { trust, agents, patterns: [spending] };
  return { trust, agents, options, runtime: new TrustAwareOrchestrationRuntime(options) };
}

const reporting = (_: unknown, { reportUsage }: InvocationContext) => {
  reportUsage({ tokens: 60 });
  reportUsage({ tokens: 40, cost: 0.5 });
  return 'done';
};

describe('a budget', () => {
  it.each([
    [{ calls: 5 }, 5],
    [{ tokens: 300 }, 3],
    [{ cost: 1.2 }, 3],
  ])('of %j denies, and records, the acts beyond it', async (budget, calls) => {
    const { runtime } = await team(reporting);
    const { result, auditTrail } = await runtime.execute(null, { pattern: 'spending' as never, budget });
    const { counts, denied } = result as { counts: Record<string, number>; denied: string[] };
    expect(Object.values(counts).reduce((a, b) => a + b)).toBe(calls);
    const [unit] = Object.keys(budget);
    expect(denied[0]).toContain(`budget.${unit}`);
    const outcomes = auditTrail.map(({ context }) => context?.outcome);
    expect(outcomes.filter((outcome) => outcome === 'success').length).toBe(calls + 1);
    expect(outcomes.filter((outcome) => outcome === 'denied').length).toBe(denied.length);
    const used = auditTrail.filter(({ context }) => context?.usage);
    expect(used).toHaveLength(calls);
    expect(used[0]?.context?.usage).toEqual({ tokens: 100, cost: 0.5 });
  });

  it('of time counts how long the agents work', async () => {
    const { runtime } = await team(() => new Promise((resolve) => setTimeout(() => resolve('done'), 30)));
    const { result } = await runtime.execute(null, { pattern: 'spending' as never, budget: { time: 100 } });
    const { counts, denied } = result as { counts: Record<string, number>; denied: string[] };
    expect(Object.values(counts).reduce((a, b) => a + b)).toBeLessThanOrEqual(4);
    expect(denied[0]).toContain('budget.time');
  });

  it('is narrowed by a delegation, for what is used under it', async () => {
    const { runtime } = await team(reporting);
    const constraints = ['budget:tokens=200'];
    const options = { pattern: 'spending' as never, budget: { tokens: 350 } };
    const { result } = await runtime.execute({ constraints }, options);
    // Each has 200 of its own, and both together 350.
    expect((result as { counts: unknown }).counts).toEqual({ one: 2, two: 2 });
    const broken = runtime.execute({ constraints: ['budget:lots'] }, options);
    await expect(broken).rejects.toThrow(/budget:lots/);
  });
});
