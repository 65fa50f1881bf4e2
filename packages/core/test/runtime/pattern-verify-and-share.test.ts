import {
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
  type VerificationResult,
} from '@kaizen-eatp/core';
import {
  defineConstraint,
  definePattern,
  forbidden,
  type PatternExecution,
  PERMITTED,
} from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { ALICE, rejection, said, World } from './world.js';

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

  it('lets a constraint judge what is shared, and for whom', async () => {
    const seen: unknown[] = [];
    const short = defineConstraint({
      label: 'short_notes',
      evaluate: ({ input, person, guarded }) => {
        if (guarded) seen.push([input, typeof person]);
        const isLong = guarded && String(input).length > 5;
        return isLong ? forbidden('the note is long') : PERMITTED;
      },
    });
    const world = await World.make({ constraintEvaluators: [short] });
    const alice = await world.agent('alice', undefined, {
      capabilities: ['note'],
      constraints: ['short_notes'],
    });
    const error = await rejection(
      world.execute(
        [alice],
        async ({ agents: [a], share }) => {
          await share(a!, 'short', { action: 'note' });
          await share(a!, 'much too long', { action: 'note' });
        },
        { humanOrigin: ALICE },
      ),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    expect(seen).toEqual([
      ['short', 'string'],
      ['much too long', 'string'],
    ]);
    expect(said(await world.remains(error)).slice(0, 2)).toEqual([
      'alice note success success',
      'alice note denied denied',
    ]);
  });
});
