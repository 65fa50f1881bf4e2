import {
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
  type VerificationResult,
} from '@kaizen-eatp/core';
import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';

async function runtimeWith(
  execute: (execution: PatternExecution) => Promise<unknown>,
  more: { verificationLevel?: 'quick' } = {},
) {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const alice = new TrustedAgent({ name: 'alice', agent: () => 1, trust });
  await alice.establishTrust({ authorityId: acme.id, capabilities: ['read'] });
  const patterns = [definePattern({ name: 'probe', execute: (e) => execute(e as PatternExecution) })];
  const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns, ...more });
  return { trust, runtime };
}

describe('what a pattern may record and ask', () => {
  it('records nothing once the run has ended', async () => {
    let kept: PatternExecution | undefined;
    const { runtime, trust } = await runtimeWith(async (execution) => {
      kept = execution;
      return execution.invoke(execution.agents[0]!, 0);
    });
    const result = await runtime.execute(0, { pattern: 'probe' as never });
    const { share, agents } = kept!;
    const late = share(agents[0]!, 'late', { action: 'execute' });
    await expect(late).rejects.toMatchObject({ code: 'PATTERN_CONTRACT_BROKEN' });
    expect(result.auditTrail.at(-1)?.action).toBe('orchestration_complete');
    expect(await trust.verifyTrail(result.runId)).toMatchObject({ valid: true });
  });

  it('verifies and shares at standard, however lightly agents are checked before the run', async () => {
    let verdict: VerificationResult | undefined;
    const { runtime } = await runtimeWith(
      async ({ verify, share, agents }) => {
        verdict = await verify(agents[0]!, 'write');
        return share(agents[0]!, 'x', { action: 'write' });
      },
      { verificationLevel: 'quick' },
    );
    await expect(runtime.execute(0, { pattern: 'probe' as never })).rejects.toMatchObject({
      code: 'VERIFICATION_DENIED',
    });
    expect(verdict).toMatchObject({ valid: false, denial: { code: 'CAPABILITY_NOT_HELD' } });
  });
});
