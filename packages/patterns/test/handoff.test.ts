import type { InvocationContext } from '@kaizen-eatp/core';
import type { HandoffResult } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { failureOf, grants, steps, world } from './harness.js';

const handles = (result: unknown) => ({
  run: () => 0,
  evaluateTask: () => ({ canHandle: true, reasoning: 'mine' }),
  executeTask: () => result,
});
const passes = (more: object = {}) => ({ run: () => 0, evaluateTask: () => ({ canHandle: false, ...more }) });

describe('handoff', () => {
  it('goes up the tiers, each delegating to the next, until one handles it', async () => {
    const { run } = await world({
      alice: { agent: passes({ reasoning: 'too hard' }), capabilities: ['support'] },
      bob: { agent: passes(), capabilities: ['support'] },
      carol: { agent: handles('solved'), capabilities: ['support'] },
    });
    const result = await run('handoff', 'help', { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual({
      result: 'solved',
      handledBy: 'carol',
      path: [
        { agent: 'alice', tierLevel: 1, canHandle: false, reasoning: 'too hard' },
        { agent: 'bob', tierLevel: 2, canHandle: false, reasoning: null },
        { agent: 'carol', tierLevel: 3, canHandle: true, reasoning: 'mine' },
      ],
    });
    expect(grants(result)).toEqual(['alice → bob: support [read_only]', 'bob → carol: support [read_only]']);
    expect(result.delegations[1]?.parentDelegationId).toBe(result.delegations[0]?.id);
    expect(steps(result)).toEqual([
      'alice execute success',
      'bob support success',
      'carol support success',
      'carol support success',
      'alice orchestration_complete success',
    ]);
  });

  it('ends at the first that handles it, without a delegation', async () => {
    const { run } = await world({ alice: { agent: handles(1) }, bob: { agent: handles(2) } });
    const result = await run('handoff', 'help');
    expect(result.result).toMatchObject({ result: 1, handledBy: 'alice' });
    expect(grants(result)).toEqual([]);
  });

  it('skips to the tier that is said to be needed, never down', async () => {
    const cast = (requiresTier: unknown) => ({
      alice: { agent: passes() },
      bob: { agent: passes({ requiresTier }) },
      carol: { agent: handles('c') },
      dave: { agent: handles('d') },
    });
    const by = async (tier: unknown) =>
      ((await (await world(cast(tier))).run('handoff', 0)).result as HandoffResult).handledBy;
    expect(await by('4')).toBe('dave');
    expect(await by(1)).toBe('carol');
    expect(await by('expert')).toBe('carol');
  });

  it('fails when the last tier cannot either, and says what each said', async () => {
    const { run } = await world({
      alice: { agent: passes({ reasoning: 'too hard' }) },
      bob: { agent: passes() },
    });
    const { error, trace } = await failureOf(run('handoff', 'help'));
    expect(error.code).toBe('NO_CAPABLE_AGENT');
    expect(error.evidence).toMatchObject({
      considered: [
        { agent: 'alice', reason: 'too hard' },
        { agent: 'bob', reason: 'cannot handle it' },
      ],
    });
    expect(grants(trace)).toEqual(['alice → bob: execute']);
  });

  it('dynamic: goes where each agent says, by name or by capability', async () => {
    const { run } = await world({
      alice: { agent: passes({ target: 'carol' }) },
      bob: { agent: handles('b'), capabilities: ['law'] },
      carol: { agent: passes({ requiredCapability: 'law' }) },
    });
    const result = await run('handoff', 0, { options: { mode: 'dynamic' } });
    expect((result.result as HandoffResult).path.map((step) => step.agent)).toEqual([
      'alice',
      'carol',
      'bob',
    ]);
    expect(grants(result)).toEqual(['alice → carol: execute', 'carol → bob: execute']);
  });

  it('dynamic: finds by capability only agents that have not had the task', async () => {
    const { run } = await world({
      alice: { agent: passes({ requiredCapability: 'law' }), capabilities: ['law'] },
      bob: { agent: passes({ requiredCapability: 'law' }), capabilities: ['law'] },
      carol: { agent: handles('c'), capabilities: ['law'] },
    });
    const result = await run('handoff', 0, { options: { mode: 'dynamic' } });
    expect(result.result).toMatchObject({ handledBy: 'carol' });
    expect(grants(result)).toEqual(['alice → bob: law', 'bob → carol: law']);
  });

  it('goes to the tiers that the options name, in their order, each once', async () => {
    const { run } = await world({
      alice: { agent: passes() },
      bob: { agent: passes() },
      carol: { agent: passes() },
    });
    const { error } = await failureOf(run('handoff', 0, { options: { tiers: ['carol', 'carol', 'alice'] } }));
    expect(error.code).toBe('NO_CAPABLE_AGENT');
    expect(error.evidence.considered).toMatchObject([{ agent: 'carol' }, { agent: 'alice' }]);
  });

  it('dynamic: refuses a circle, an agent outside the run, and an answer without a target', async () => {
    const fail = async (said: object) => {
      const { run } = await world({
        alice: { agent: passes({ target: 'bob' }) },
        bob: { agent: passes(said) },
      });
      return failureOf(run('handoff', 0, { options: { mode: 'dynamic' } }));
    };
    const circle = await fail({ target: 'alice' });
    expect(circle.error.code).toBe('DELEGATION_CYCLE');
    expect(circle.error.message).toContain('alice → bob → alice');
    expect(steps(circle.trace)).toEqual([
      'alice execute success',
      'bob execute success',
      'alice orchestration_failed failure',
    ]);
    expect((await fail({ target: 'bob' })).error.code).toBe('DELEGATION_CYCLE');
    expect((await fail({ target: 'mallory' })).error.code).toBe('ROLE_OUTPUT_INVALID');
    expect((await fail({})).error.code).toBe('NO_CAPABLE_AGENT');
    expect((await fail({ requiredCapability: 'law' })).error.code).toBe('NO_CAPABLE_AGENT');
  });

  it('keeps to the depth limit, its own and that of the trust operations', async () => {
    const cast = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`t${i}`, { agent: passes() }]));
    const own = await failureOf((await world(cast)).run('handoff', 0, { options: { maxHandoffs: 2 } }));
    expect(own.error.code).toBe('DELEGATION_DEPTH_EXCEEDED');
    expect(own.error.message).toContain('expected at most 2 handoffs, got t0 → t1 → t2 → t3');
    expect(own.trace.delegations).toHaveLength(2);
    const core = await failureOf((await world(cast, { maxDelegationDepth: 1 })).run('handoff', 0));
    expect(core.error.code).toBe('DELEGATION_DEPTH_EXCEEDED');
    expect(core.trace.delegations).toHaveLength(1);
  });

  it('adds up limits along the way', async () => {
    const carol = {
      run: () => 0,
      evaluateTask: () => ({ canHandle: true }),
      executeTask: (_task: unknown, context: InvocationContext) => context.callTool('write_file'),
    };
    const made = await world({
      alice: { agent: passes() },
      bob: { agent: passes(), constraints: ['read_only'] },
      carol: { agent: carol, capabilities: ['write_file'], tools: { write_file: () => 'written' } },
    });
    const { error, trace } = await failureOf(made.run('handoff', 0));
    expect(error.code).toBe('AGENT_FAILED');
    expect(grants(trace)).toEqual(['alice → bob: execute', 'bob → carol: execute [read_only]']);
    expect(steps(trace)).toContain('carol write_file denied');
  });

  it('fails at an agent that fails or is not trusted', async () => {
    const broken = {
      run: () => {
        throw new Error('down');
      },
    };
    const failing = await world({ alice: { agent: passes() }, bob: { agent: broken } });
    expect((await failureOf(failing.run('handoff', 0))).error.code).toBe('AGENT_FAILED');
    const made = await world(
      { alice: { agent: passes() }, mallory: { agent: handles(1) } },
      {},
      { requireTrust: false },
    );
    await made.trust.revoke({ agentId: made.agents.mallory!.id, reason: 'caught' });
    const { error, trace } = await failureOf(made.run('handoff', 0));
    expect(error.code).toBe('CHAIN_INVALID');
    expect(steps(trace)).toEqual([
      'alice execute success',
      'alice delegate denied',
      'alice orchestration_failed failure',
    ]);
  });

  it('works by the field names of Kaizen, with one call or two', async () => {
    const seen: Record<string, string>[] = [];
    const plain = (answer: (context: { stage: string }) => unknown) => (fields: Record<string, string>) => {
      seen.push(fields);
      return answer(JSON.parse(fields.context!));
    };
    const no = plain(() => ({
      can_handle: 'No',
      complexity_score: '0.9',
      reasoning: 'hm',
      requires_tier: 2,
    }));
    const two = plain(({ stage }) =>
      stage === 'evaluate' ? { can_handle: 'yes' } : { result: 'done', confidence: 1 },
    );
    const first = await world({ alice: { agent: no }, bob: { agent: two } });
    expect((await first.run('handoff', 'help')).result).toMatchObject({ result: 'done', handledBy: 'bob' });
    const path = [{ agent: 'alice', tierLevel: 1, canHandle: false, reasoning: 'hm' }];
    expect(seen[1]).toEqual({
      task: 'help',
      tier_level: 2,
      context: JSON.stringify({ stage: 'evaluate', path }),
    });
    const one = await world({ alice: { agent: () => ({ result: 'at once' }) } });
    const result = await one.run('handoff', 'help');
    expect(result.result).toMatchObject({ result: 'at once', handledBy: 'alice' });
    expect(steps(result)).toHaveLength(2);
  });

  it('delegates by name only under strictDelegation', async () => {
    const cast = (capabilities: string[]) => ({
      alice: { agent: passes(), capabilities },
      bob: { agent: handles(1), capabilities: ['support'] },
    });
    const strict = { strictDelegation: true };
    expect(grants(await (await world(cast(['support']), strict)).run('handoff', 0))).toEqual([
      'alice → bob: support',
    ]);
    expect((await failureOf((await world(cast([]), strict)).run('handoff', 0))).error.code).toBe(
      'DELEGATION_REFUSED',
    );
  });
});
