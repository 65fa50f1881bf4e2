import {
  type InvocationContext,
  OrchestrationRuntime,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { RunBudget } from '../../src/invocation/budget.js';
import { countTime } from '../../src/invocation/count-usage.js';

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

/** Makes a new delegation for each invocation of one agent. */
const renewing = definePattern({
  name: 'renewing',
  async execute({ agents: [lead, one], delegate, invoke }) {
    const codes: string[] = [];
    for (let round = 0; round < 4; round++) {
      const delegation = await delegate(lead!, one!);
      const code = await invoke(one!, round, { delegation }).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
      codes.push(code);
    }
    return codes;
  },
});

async function team(
  work: (input: unknown, context: InvocationContext) => unknown,
  constraints: readonly string[] = [],
) {
  const trust = new TrustOperations({ store: suiteStore() });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents = ['lead', 'one', 'two'].map((name) => new TrustedAgent({ name, agent: work, trust }));
  for (const agent of agents) {
    const own = agent.name === 'lead' ? [] : constraints;
    await agent.establishTrust({ authorityId, capabilities: ['work'], constraints: own });
  }
  const options = { trust, agents, patterns: [spending, renewing] };
  return { trust, agents, options, runtime: new TrustAwareOrchestrationRuntime(options) };
}

const fails = (): never => {
  throw new Error('not now');
};

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

  it('covers the runs inside a run, which cannot enlarge it', async () => {
    const leaf = definePattern({
      name: 'leaf',
      execute: async ({ agents: [, , two], invoke }) => {
        const denied: string[] = [];
        for (let i = 0; i < 3; i++)
          await invoke(two!, 'leaf').catch((error: Error) => void denied.push(error.message));
        return denied;
      },
    });
    const refused: string[] = [];
    const work = async (input: unknown, context: InvocationContext) => {
      if (input === 'leaf') return 'done';
      const inner = { pattern: 'leaf' as never, within: context, budget: { calls: 1_000 } };
      const { result } = await runtime.execute(null, inner);
      refused.push(...(result as string[]));
      return 'done';
    };
    const { options } = await team(work);
    const runtime = new TrustAwareOrchestrationRuntime({ ...options, patterns: [leaf, renewing] });
    const budget = { calls: 7 };
    const { result, auditTrail } = await runtime.execute(null, { pattern: 'renewing' as never, budget });
    // Each call of the outer run tries three inside it: 1 + 3, then 1 + 2.
    expect(result).toEqual(['done', 'done', 'VERIFICATION_DENIED', 'VERIFICATION_DENIED']);
    const outer = auditTrail.filter(({ context }) => context?.outcome === 'success' && context.invocation_id);
    expect(outer).toHaveLength(2);
    expect(refused).toEqual([expect.stringContaining('the budget of 7 calls is used up')]);
  });

  it('of a capability limits the agent under all its delegations together', async () => {
    const { runtime } = await team(reporting, ['budget:tokens=200']);
    const { result } = await runtime.execute(null, { pattern: 'renewing' as never });
    const denied = 'VERIFICATION_DENIED';
    expect(result).toEqual(['done', 'done', denied, denied]);
  });

  it('is in force although this process has not seen the label in the chain yet', async () => {
    const { runtime, agents } = await team(reporting, ['budget:tokens=200']);
    for (const agent of agents) Object.defineProperty(agent, 'effectiveConstraints', { value: [] });
    const { result } = await runtime.execute(null, { pattern: 'renewing' as never });
    expect((result as string[]).filter((code) => code === 'done')).toHaveLength(2);
  });

  it.each([' budget:tokens=0', 'Budget : tokens = 0'])('label %j with spaces is a budget', async (label) => {
    const { runtime } = await team(reporting, [label]);
    const running = runtime.execute(null, { pattern: 'renewing' as never });
    expect((await running).result).toEqual(Array(4).fill('VERIFICATION_DENIED'));
  });

  it.each([
    ' budget : lots=5',
    'budget:',
    'budget:tokens=1,tokens=2',
    'budget:tokens=1e3',
    'budget:tokens=-1',
    'budget:tokens=5,',
  ])('label %j that cannot be read is refused', async (label) => {
    await expect(team(reporting, [label])).rejects.toThrow(
      /it must name amounts of calls, tokens, cost or time/,
    );
  });

  it.each<[string, () => unknown]>([
    ['not a number', () => ({ tokens: Number.NaN })],
    ['below zero', () => ({ tokens: -1 })],
    ['without end', () => ({ cost: Number.POSITIVE_INFINITY })],
    ['beyond exact numbers', () => ({ tokens: Number.MAX_VALUE })],
    ['as text', () => ({ tokens: '5' })],
    ['as a promise of tokens', () => ({ tokens: Promise.resolve(5) })],
    ['as a promise', () => Promise.resolve({ tokens: 5 })],
    [
      'behind a getter that fails',
      () => Object.defineProperty({}, 'tokens', { get: fails, enumerable: true }),
    ],
    ['by another name', () => ({ totalTokens: 5 })],
    ['that is missing', () => undefined],
  ])('refuses a report %s, and counts nothing', async (_what, usage) => {
    const refused: string[] = [];
    const { runtime } = await team((_, { reportUsage }) => {
      try {
        reportUsage(usage() as never);
      } catch (error) {
        refused.push((error as { code: string }).code);
      }
      return 'done';
    });
    const { auditTrail } = await runtime.execute(null, { pattern: 'renewing' as never });
    expect(refused).toEqual(Array(4).fill('INVALID_ARGUMENT'));
    expect(auditTrail.some(({ context }) => context?.usage !== undefined)).toBe(false);
  });

  it.each([{ calls: '5' }, { calls: -1 }, { calls: Number.NaN }, { token: 5 }, 5, [], null])(
    'refuses the option %j',
    async (budget) => {
      const { runtime } = await team(reporting);
      const running = runtime.execute(null, { pattern: 'renewing' as never, budget: budget as never });
      await expect(running).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it('counts no report that comes after the invocation', async () => {
    const contexts: InvocationContext[] = [];
    const { runtime } = await team((_, context) => contexts.push(context));
    await runtime.execute(null, { pattern: 'renewing' as never });
    expect(() => contexts[0]!.reportUsage({ tokens: 1 })).toThrow(
      expect.objectContaining({ code: 'INVOCATION_ENDED' }),
    );
  });

  it('of time counts only the agents that the pattern invokes, and never less than nothing', () => {
    const budget = new RunBudget(undefined, undefined);
    const spender = { actor: { id: 'a' }, basis: undefined } as never;
    countTime(budget, spender, { depth: 0 } as never, 10, 25);
    countTime(budget, spender, { depth: 1 } as never, 10, 25);
    // The clock was set back.
    countTime(budget, spender, { depth: 0 } as never, 25, 10);
    expect(budget.spent.time).toBe(15);
  });

  it('is refused by a runtime without trust, which could not count', async () => {
    const agents = [{ name: 'a', run: () => 'done' }];
    const runtime = new OrchestrationRuntime({ agents, patterns: [spending] });
    const running = runtime.execute(null, { pattern: 'spending' as never, budget: { calls: 5 } });
    await expect(running).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
