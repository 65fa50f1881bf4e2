import type { InvocationContext } from '@kaizen-eatp/core';
import { AllAgentsFailedError } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { failureOf, grants, steps, world } from './harness.js';

const synthesizer = { run: () => 0, synthesize: (said: unknown) => said };
const broken = () => {
  throw new Error('no idea');
};

describe('ensemble', () => {
  it('consults all experts under analyze and consult and gives the synthesizer id, result and capabilities', async () => {
    const { run } = await world({
      alice: { agent: (n: number) => n + 1, capabilities: ['biology'] },
      bob: { agent: (n: number) => n + 2 },
      synthesizer: { agent: synthesizer, capabilities: ['analyze', 'consult'] },
    });
    const result = await run('ensemble', 1, { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual({
      input: 1,
      results: [
        { expertId: 'agent-alice', result: 2, capabilities: ['biology'] },
        { expertId: 'agent-bob', result: 3, capabilities: [] },
      ],
      failures: [],
    });
    expect(grants(result)).toEqual([
      'synthesizer → alice: analyze, consult [read_only]',
      'synthesizer → bob: analyze, consult [read_only]',
    ]);
    expect(steps(result)).toEqual([
      'alice analyze success',
      'bob analyze success',
      'synthesizer execute success',
      'synthesizer orchestration_complete success',
    ]);
  });

  it('records a failure and passes it on', async () => {
    const { run } = await world({
      alice: { agent: broken },
      bob: { agent: () => 'fine' },
      synthesizer: { agent: synthesizer },
    });
    const result = await run('ensemble', 1);
    expect(result.result).toMatchObject({
      results: [{ expertId: 'agent-bob' }],
      failures: [{ agent: 'alice', code: 'AGENT_FAILED', reason: expect.stringContaining('no idea') }],
    });
    expect(steps(result)).toContain('alice execute failure');
  });

  it('records that an expert could not even be delegated to', async () => {
    const { run, trust, agents } = await world(
      { mallory: { agent: () => 'fine' }, bob: { agent: () => 'fine' }, synthesizer: { agent: synthesizer } },
      {},
      { requireTrust: false },
    );
    await trust.revoke({ agentId: agents.mallory!.id, reason: 'caught' });
    const result = await run('ensemble', 1);
    expect(result.result).toMatchObject({
      results: [{ expertId: 'agent-bob' }],
      failures: [{ agent: 'mallory', code: 'CHAIN_INVALID' }],
    });
    expect(steps(result)).toContain('synthesizer execute denied');
  });

  it('fails when every expert fails', async () => {
    const { run } = await world({
      alice: { agent: broken },
      bob: { agent: broken },
      synthesizer: { agent: synthesizer },
    });
    const { error, trace } = await failureOf(run('ensemble', 1));
    expect(error).toBeInstanceOf(AllAgentsFailedError);
    expect((error as AllAgentsFailedError).failures.map(({ agent }) => agent)).toEqual(['alice', 'bob']);
    expect(steps(trace)).toEqual([
      'alice execute failure',
      'bob execute failure',
      'synthesizer orchestration_failed failure',
    ]);
  });

  it('delegates what the options name, as far as the synthesizer may, else execute', async () => {
    const experts = { alice: { agent: () => 1 }, last: { agent: synthesizer, capabilities: ['advise'] } };
    const named = await (await world(experts)).run('ensemble', 1, {
      options: { capabilities: ['advise', 'rule'] },
    });
    expect(grants(named)).toEqual(['last → alice: advise']);
    expect(grants(await (await world(experts)).run('ensemble', 1))).toEqual(['last → alice: execute']);
    const strict = await world(experts, { strictDelegation: true });
    const { error } = await failureOf(strict.run('ensemble', 1));
    expect((error as AllAgentsFailedError).failures).toMatchObject([{ code: 'DELEGATION_REFUSED' }]);
  });

  it('keeps an expert from what it owns but was not given', async () => {
    const cast = {
      mallory: {
        agent: (_input: unknown, context: InvocationContext) => context.callTool('wipe'),
        capabilities: ['wipe'],
        tools: { wipe: () => 'wiped' },
      },
      synthesizer: { agent: synthesizer, capabilities: ['analyze', 'consult'] },
    };
    const made = await world(cast);
    const { trace } = await failureOf(made.run('ensemble', 1));
    expect(steps(trace)).toContain('mallory wipe denied');
  });

  it('works with a plain synthesizer', async () => {
    const { run } = await world({
      alice: { agent: () => 'yes' },
      last: { agent: (fields: unknown) => fields },
    });
    expect((await run('ensemble', 'really?')).result).toEqual({
      task: 'really?',
      perspectives: '[{"expert_id":"agent-alice","result":"yes","capabilities":[]}]',
      failures: '[]',
    });
  });
});
