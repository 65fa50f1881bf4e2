import { type InvocationContext, OrchestrationRuntime } from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { describe, expect, it, vi } from 'vitest';
import { type Cast, failureOf, grants, steps, world } from './harness.js';

const passes: Cast['agent'] = { run: (input: unknown) => input, evaluateTask: () => ({ canHandle: false }) };

/** Uses both of its tools and returns what each said. */
const usesBoth = async (_input: unknown, { callTool }: InvocationContext) => [
  await callTool('read_mail'),
  await callTool('send_mail'),
];
const tools = { read_mail: () => 'read', send_mail: () => 'sent' };

/** bob works after alice, who holds what bob holds, listed as the test says. */
const pair = (bobs: readonly string[], bob: Partial<Cast> = {}) => ({
  alice: { agent: passes, capabilities: ['read_mail', 'send_mail'] },
  bob: {
    agent: {
      run: usesBoth,
      evaluateTask: () => ({ canHandle: true }),
      executeTask: usesBoth,
    },
    capabilities: bobs,
    tools,
    ...bob,
  },
});

const answerOf = (pattern: string, result: unknown): unknown => {
  if (pattern === 'parallel') return (result as { bob: unknown }).bob;
  return pattern === 'handoff' ? (result as { result: unknown }).result : result;
};

describe.each(['sequential', 'parallel', 'handoff'] as const)('what %s delegates', (pattern) => {
  it.each([[['read_mail', 'send_mail']], [['send_mail', 'read_mail']]])(
    'lets an agent use all its tools, in whatever order its capabilities are listed: %j',
    async (bobs) => {
      const { run } = await world(pair(bobs));
      const result = await run(pattern, 'in');
      expect(answerOf(pattern, result.result)).toEqual(['read', 'sent']);
      expect(grants(result)).toEqual([`alice → bob: ${bobs.join(', ')}`]);
    },
  );

  it('is every capability that fits, and no other', async () => {
    const { run } = await world(pair(['file_mail', 'send_mail', 'delete_mail', 'read_mail']));
    expect(grants(await run(pattern, 'in'))).toEqual(['alice → bob: send_mail, read_mail']);
  });

  it('is what the option `capabilities` names for the agent', async () => {
    const { run } = await world(
      pair(['read_mail', 'send_mail'], {
        agent: {
          run: usesBoth,
          evaluateTask: () => ({ canHandle: true }),
          executeTask: usesBoth,
        },
      }),
    );
    const { error, trace } = await failureOf(
      run(pattern, 'in', { options: { capabilities: { bob: ['read_mail'] } } }),
    );
    expect(error.code).toBe('AGENT_FAILED');
    expect(grants(trace)).toEqual(['alice → bob: read_mail']);
    expect(steps(trace)).toContain('bob send_mail denied');
  });

  it('cannot be more than the delegator can give', async () => {
    const { run } = await world(pair(['read_mail', 'send_mail']));
    const { error, trace } = await failureOf(
      run(pattern, 'in', { options: { capabilities: { bob: ['delete_mail'] } } }),
    );
    expect(error.code).toBe('CAPABILITY_NOT_HELD');
    expect(grants(trace)).toEqual([]);
  });

  it.each([
    ['a misspelt name', 'bbo'],
    ['the agent that leads', 'alice'],
  ])('is refused for %s before any agent acts', async (_, name) => {
    const agent = vi.fn();
    const { run } = await world({ alice: { agent }, bob: { agent } });
    const { error } = await failureOf(
      run(pattern, 'in', { options: { capabilities: { [name]: ['read_mail'] } } }),
    );
    expect(error).toMatchObject({
      code: 'PATTERN_CONTRACT_BROKEN',
      expected: 'names among bob',
      received: `'${name}'`,
    });
    expect(agent).not.toHaveBeenCalled();
  });

  it('cannot be an empty list', async () => {
    const { run } = await world(pair(['read_mail']));
    await expect(run(pattern, 'in', { options: { capabilities: { bob: [] } } })).rejects.toMatchObject({
      code: 'INVALID_PATTERN_OPTIONS',
    });
  });
});

describe('the agents of a run', () => {
  const says = (name: string): Cast => ({ agent: (input: unknown) => `${String(input)} ${name}` });
  const cast = { zoe: says('zoe'), alice: says('alice'), mia: says('mia') };

  it('keep the order in which they were written', async () => {
    const { run } = await world(cast);
    expect((await run('sequential', 'in')).result).toBe('in zoe alice mia');
  });

  it('are those that `agents` names, in its order', async () => {
    const { run } = await world(cast);
    const result = await run('sequential', 'in', { agents: ['mia', 'zoe'] });
    expect(result.result).toBe('in mia zoe');
    expect(grants(result)).toEqual(['mia → zoe: execute']);
    const handed = run('sequential', 'in', {
      agents: ['mia', 'zoe'],
      options: { capabilities: { alice: ['execute'] } },
    });
    await expect(handed).rejects.toMatchObject({ code: 'PATTERN_CONTRACT_BROKEN' });
  });
});

describe('parallel without trust', () => {
  const runtime = new OrchestrationRuntime({
    agents: {
      a: (input: string) => `a ${input}`,
      b: (input: string) => `b ${input}`,
      c: (input: string) => `c ${input}`,
      d: (input: unknown) => ({ d: input }),
    },
    patterns: allPatterns,
  });

  it('fans out to all agents', async () => {
    const { result } = await runtime.execute('x', { pattern: 'parallel' });
    expect(result).toEqual({ a: 'a x', b: 'b x', c: 'c x', d: { d: 'x' } });
  });

  it('has a source and a sink if they are named', async () => {
    const { result } = await runtime.execute('x', {
      pattern: 'parallel',
      options: { source: 'a', sink: 'd' },
    });
    expect(result).toEqual({ d: { b: 'b a x', c: 'c a x' } });
  });
});
