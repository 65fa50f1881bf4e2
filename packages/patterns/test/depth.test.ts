import {
  type AgentSource,
  type InvocationContext,
  type PatternName,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { allPatterns, type HandoffResult } from '@kaizen-eatp/patterns';
import { suiteStore } from 'suite-store';
import { describe, expect, it, vi } from 'vitest';
import { exportedPatterns } from './exported-patterns.js';

/** Knows whatever depth the work is at: agents of a run that an agent of a run of an agent … started. */
async function company(maxDelegationDepth: number) {
  const trust = new TrustOperations({ store: suiteStore(), maxDelegationDepth });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const hire = async (name: string, agent: AgentSource, capabilities: readonly string[] = []) => {
    const hired = new TrustedAgent({ name, agent, trust });
    await hired.establishTrust({ authorityId: acme.id, capabilities });
    return hired;
  };
  const runtime = (...agents: readonly TrustedAgent[]) =>
    new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });
  return { trust, hire, runtime };
}

/** Runs a pattern at the end of a line of delegations, so that so many are left for it. */
async function runWithDepthLeft(left: number, pattern: PatternName, agents: Record<string, AgentSource>) {
  const { hire, runtime } = await company(2 + left);
  const inner = await Promise.all(
    Object.entries(agents).map(([name, agent]) => hire(name, agent, ['blackboard_contribution'])),
  );
  const lead = await hire('lead', () => 'go');
  const host = await hire('host', async (input: unknown, context: InvocationContext) => {
    const { result } = await runtime(...inner).execute(input, { pattern, within: context });
    return result;
  });
  return runtime(lead, host).execute('go');
}

const needDepth = exportedPatterns.map(([name]) => name as PatternName).filter((name) => name !== 'handoff');

describe('a run inside an invocation with no depth left for a delegation', () => {
  it.each(needDepth)('by %s fails before its first agent acts', async (pattern) => {
    const agent = vi.fn(() => 'done');
    const error = await runWithDepthLeft(0, pattern, { a: agent, b: agent, c: agent, d: agent }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'DELEGATION_DEPTH_EXCEEDED', evidence: { pattern, maxDelegationDepth: 0 } },
    });
    expect(agent).not.toHaveBeenCalled();
  });

  it('by handoff succeeds if the first agent handles the task, as its depth is not known beforehand', async () => {
    const handles = { run: () => 0, evaluateTask: () => ({ canHandle: true }), executeTask: () => 'solved' };
    const { result } = await runWithDepthLeft(0, 'handoff', { a: handles, b: handles });
    expect((result as HandoffResult).handledBy).toBe('a');
  });
});

describe('a run inside an invocation', () => {
  it('fits the depth that is left exactly', async () => {
    const { result } = await runWithDepthLeft(1, 'sequential', { a: () => 'a', b: () => 'b' });
    expect(result).toBe('b');
  });

  it('has one delegation more if the agent around it leads', async () => {
    const { hire, runtime } = await company(2);
    const lead = await hire('lead', () => 'go');
    const b = await hire('b', () => 'b');
    let isInner = false;
    const a: TrustedAgent = await hire('a', async (input: unknown, context: InvocationContext) => {
      if (isInner) return 'a';
      isInner = true;
      return (await runtime(a, b).execute(input, { within: context })).result;
    });
    expect((await runtime(lead, a).execute('go')).result).toBe('b');
  });
});
