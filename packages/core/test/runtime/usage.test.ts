import {
  type AuditAnchor,
  type InvocationContext,
  isEatpError,
  OrchestrationRuntime,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { sumUsage } from '@kaizen-eatp/core/records';
import { usageOfRun } from '@kaizen-eatp/core/store';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';

/** Invokes every agent with the input of the run, twice. */
const twice = definePattern({
  name: 'twice',
  async execute({ agents: [lead, ...others], delegate, invoke, input }) {
    const agents = [lead!, ...others];
    for (const agent of others) await delegate(lead!, agent);
    for (const agent of [...agents, ...agents]) await invoke(agent, input);
  },
});

/** Reports for each agent what its name says. */
const reporting = (_: unknown, { agentId, reportUsage }: InvocationContext) => {
  if (agentId.includes('quiet')) return;
  reportUsage({ tokens: 3 });
  reportUsage({ tokens: agentId.includes('one') ? 4 : 7, cost: 0.25 });
};

async function team(work: (input: unknown, context: InvocationContext) => unknown) {
  const store = suiteStore();
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents = ['quiet', 'one', 'two'].map((name) => new TrustedAgent({ name, agent: work, trust }));
  for (const agent of agents) await agent.establishTrust({ authorityId, capabilities: ['work'] });
  const [, one, two] = agents.map(({ id }) => id) as [string, string, string];
  return {
    store,
    one,
    two,
    runtime: new TrustAwareOrchestrationRuntime({ trust, agents, patterns: [twice] }),
  };
}

const pattern = { pattern: 'twice' as never };

describe('the usage of a run', () => {
  it('is what its agents reported, of all and of each, as its signed trail has it', async () => {
    const { store, one, two, runtime } = await team(reporting);
    const { usage, auditTrail, runId } = await runtime.execute(null, pattern);
    expect(usage).toEqual({
      tokens: 34,
      cost: 1,
      agents: { [one]: { tokens: 14, cost: 0.5 }, [two]: { tokens: 20, cost: 0.5 } },
    });
    expect(sumUsage(auditTrail)).toEqual(usage);
    expect(await usageOfRun(store, runId)).toEqual(usage);
    expect(Object.isFrozen(usage) && Object.isFrozen(usage.agents)).toBe(true);
  });

  it('includes that of the runs inside it', async () => {
    const { store, one, two, runtime } = await team(async (input, context) => {
      if (input !== 'leaf' && context.agentId.includes('quiet'))
        await runtime.execute('leaf', { ...pattern, within: context });
      return reporting(input, context);
    });
    const { usage, runId } = await runtime.execute(null, pattern);
    // Two calls of the run itself, and two in each of the two runs inside it.
    expect(usage.agents).toEqual({
      [one]: { tokens: 42, cost: 1.5 },
      [two]: { tokens: 60, cost: 1.5 },
    });
    expect(await usageOfRun(store, runId)).toEqual(usage);
  });

  it('of an inner run is its own', async () => {
    const seen: number[] = [];
    const { runtime } = await team(async (input, context) => {
      reporting(input, context);
      if (input === 'leaf' || !context.agentId.includes('quiet')) return;
      seen.push((await runtime.execute('leaf', { ...pattern, within: context })).usage.tokens);
    });
    await runtime.execute(null, pattern);
    expect(seen).toEqual([34, 34]);
  });

  it('that failed is in its error, with what the failing agent reported', async () => {
    const { store, one, two, runtime } = await team((input, context) => {
      reporting(input, context);
      if (context.agentId.includes('two')) throw new Error('not now');
    });
    const error = await runtime.execute(null, pattern).catch((thrown: unknown) => thrown);
    if (!isEatpError(error) || !error.run) throw error;
    expect(error.run.usage).toEqual({
      tokens: 17,
      cost: 0.5,
      agents: { [one]: { tokens: 7, cost: 0.25 }, [two]: { tokens: 10, cost: 0.25 } },
    });
    expect(await usageOfRun(store, error.run.runId)).toEqual(error.run.usage);
  });

  it('without trust is counted too, and not after an invocation', async () => {
    const contexts: InvocationContext[] = [];
    const work = (input: unknown, context: InvocationContext) => {
      contexts.push(context);
      return reporting(input, context);
    };
    const agents = ['one', 'quiet'].map((name) => ({ name, run: work }));
    const runtime = new OrchestrationRuntime({ agents, patterns: [twice] });
    const { usage } = await runtime.execute(null, pattern);
    expect(usage).toEqual({ tokens: 14, cost: 0.5, agents: { 'agent-one': { tokens: 14, cost: 0.5 } } });
    expect(() => contexts[0]!.reportUsage({ tokens: 1 })).toThrow(
      expect.objectContaining({ code: 'INVOCATION_ENDED' }),
    );
  });

  it('is read from the store with amounts that are written with an exponent', async () => {
    const { store, runtime } = await team((_, { reportUsage }) =>
      reportUsage({ cost: 1e-7, tokens: 2 ** 52 }),
    );
    const { usage, runId } = await runtime.execute(null, pattern);
    expect((await usageOfRun(store, runId)).cost).toBe(usage.cost);
    expect(usage.cost).toBeCloseTo(6e-7, 12);
  });

  it.each([{ tokens: -5 }, { tokens: 'many' }, { cost: null }, { cost: Number.NaN }, 'much', null])(
    'is not computed from a record with a usage of %j',
    (usage) => {
      const anchor = { id: 'anchor-1', agentId: 'agent-a', context: { usage } } as unknown as AuditAnchor;
      expect(() => sumUsage([anchor])).toThrow(expect.objectContaining({ code: 'MALFORMED_RECORD' }));
    },
  );
});
