import type { InvocationContext } from '@kaizen-eatp/core';
import type { BlackboardResult, BlackboardState } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { contextOf, detailsOf, failureOf, grants, steps, world } from './harness.js';

interface View {
  state: BlackboardState;
  round: number;
  failures: readonly { agent: string | null; code: string; round: number }[];
}

/** Says in each round what the list says, then that it is solved. */
const controller = (...plan: readonly (string | readonly string[] | object)[]) => {
  const views: View[] = [];
  const selectSpecialist = (view: View): unknown => {
    views.push(view);
    const next = plan[view.round - 1];
    if (next === undefined) return { solved: true, reason: 'enough is known' };
    if (typeof next === 'string') return { specialist: next };
    return Array.isArray(next) ? { specialists: next } : next;
  };
  return { agent: { run: () => 0, selectSpecialist }, views };
};
const posts = (content: unknown) => ({ run: () => 0, contribute: () => content });
const MAY = ['blackboard_contribution'];
const ALL = ['analyze', 'contribute', 'blackboard_contribution'];

describe('blackboard', () => {
  it('verifies, delegates write-only, and records each contribution with iteration and type', async () => {
    const { agent } = controller('alice', 'bob');
    const { run } = await world({
      controller: { agent, capabilities: ALL },
      alice: { agent: posts({ type: 'finding', x: 1 }), capabilities: MAY },
      bob: { agent: posts('plain text'), capabilities: MAY },
    });
    const result = await run('blackboard', 'problem', { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual({
      solved: true,
      reason: 'enough is known',
      rounds: 2,
      failures: [],
      state: {
        input: 'problem',
        contributions: [
          { specialist: 'alice', round: 1, type: 'finding', content: { type: 'finding', x: 1 } },
          { specialist: 'bob', round: 2, type: 'insight', content: 'plain text' },
        ],
      },
    });
    const given = 'analyze, contribute, blackboard_contribution [blackboard_write_only, read_only]';
    expect(grants(result)).toEqual([`controller → alice: ${given}`, `controller → bob: ${given}`]);
    expect(steps(result)).toEqual([
      'controller execute success',
      'alice analyze success',
      'alice blackboard_contribution success',
      'controller execute success',
      'bob analyze success',
      'bob blackboard_contribution success',
      'controller execute success',
      'controller orchestration_complete success',
    ]);
    expect(detailsOf(result, 2)).toMatchObject({ iteration: 1, contribution_type: 'finding' });
    expect(contextOf(result, 2)).not.toHaveProperty('unenforced_constraints');
  });

  it('loses neither of two contributions of one round, and shows each the state of before', async () => {
    const { agent } = controller(['alice', 'bob']);
    const counts = {
      run: () => 0,
      contribute: ({ state }: View) => ({ count: state.contributions.length + 1 }),
    };
    const { run } = await world({
      controller: { agent },
      alice: { agent: counts, capabilities: MAY },
      bob: { agent: counts, capabilities: MAY },
    });
    const { state } = (await run('blackboard', 0)).result as BlackboardResult;
    expect(state.contributions).toEqual([
      { specialist: 'alice', round: 1, type: 'insight', content: { count: 1 } },
      { specialist: 'bob', round: 1, type: 'insight', content: { count: 1 } },
    ]);
  });

  it('asks a specialist only once in a round, even if it is chosen by several names', async () => {
    const { run } = await world({
      controller: controller(['alice', 'agent-alice', 'alice']),
      alice: { agent: posts('a'), capabilities: MAY },
    });
    const { state } = (await run('blackboard', 'p')).result as BlackboardResult;
    expect(state.contributions).toHaveLength(1);
  });

  it('skips a specialist that may not contribute, records that as denied and tells the controller', async () => {
    const { agent, views } = controller('mallory', 'bob');
    const { run } = await world({
      controller: { agent },
      mallory: { agent: posts('evil') },
      bob: { agent: posts('good'), capabilities: MAY },
    });
    const result = await run('blackboard', 0);
    expect(
      (result.result as BlackboardResult).state.contributions.map(({ specialist }) => specialist),
    ).toEqual(['bob']);
    expect(steps(result).slice(0, 3)).toEqual([
      'controller execute success',
      'controller execute denied',
      'controller execute success',
    ]);
    expect(detailsOf(result, 1)).toMatchObject({
      event: 'specialist_skipped',
      specialist: 'agent-mallory',
      iteration: 1,
      code: 'CAPABILITY_NOT_HELD',
    });
    expect(views[1]?.failures).toMatchObject([{ agent: 'mallory', code: 'CAPABILITY_NOT_HELD', round: 1 }]);
    expect(grants(result)).toEqual(['controller → bob: execute [blackboard_write_only]']);
  });

  it('is an error at the start when no specialist may contribute', async () => {
    const { agent, views } = controller('mallory');
    const { run } = await world({
      controller: { agent, capabilities: ALL },
      mallory: { agent: posts('evil') },
    });
    const { error, trace } = await failureOf(run('blackboard', 0));
    expect(error.code).toBe('NO_CAPABLE_AGENT');
    expect(error.evidence).toMatchObject({ considered: [{ agent: 'mallory' }] });
    expect(views).toEqual([]);
    expect(steps(trace)).toEqual(['controller orchestration_failed failure']);
  });

  it('says why the problem is not solved after the last round', async () => {
    const forever = { run: () => 0, selectSpecialist: () => ({ specialist: 'alice' }) };
    const failing = {
      run: () => 0,
      contribute: () => {
        throw new Error('tired');
      },
    };
    const { run } = await world({
      controller: { agent: forever },
      alice: { agent: failing, capabilities: MAY },
    });
    const result = await run('blackboard', 0, { options: { rounds: 2 } });
    expect(result.result).toEqual({
      solved: false,
      reason: expect.stringMatching(
        /^the rounds are used up, with 0 contributions; 2 skipped or failed.*tired/,
      ),
      rounds: 2,
      failures: [
        expect.objectContaining({ agent: 'alice', round: 1 }),
        expect.objectContaining({ agent: 'alice', round: 2 }),
      ],
      state: { input: 0, contributions: [] },
    });
    expect(steps(result).filter((step) => step === 'alice execute failure')).toHaveLength(2);
    const ten = (await run('blackboard', 0)).result as BlackboardResult;
    expect(ten.rounds).toBe(10);
  });

  it.each([
    ['a tool', 'analyze'],
    ['another action', 'wipe'],
  ])('enforces blackboard_write_only against %s', async (_, capability) => {
    const mallory = {
      run: () => 0,
      contribute: (_view: View, context: InvocationContext) => context.callTool('wipe'),
    };
    const made = await world({
      controller: { agent: controller('mallory').agent },
      mallory: {
        agent: mallory,
        capabilities: [...MAY, capability],
        tools: { wipe: { capability, run: () => 'wiped' } },
      },
    });
    const result = await made.run('blackboard', 0);
    expect((result.result as BlackboardResult).state.contributions).toEqual([]);
    const denied = result.auditTrail.find((anchor) => anchor.result === 'denied');
    expect(denied).toMatchObject({
      agentId: 'agent-mallory',
      action: capability,
      context: { denial: { code: 'CONSTRAINT_VIOLATED' } },
    });
  });

  it('keeps a specialist from delegating', async () => {
    let refusal: unknown;
    const mallory = {
      run: () => 0,
      contribute: async (_view: View, context: InvocationContext) => {
        refusal = await context
          .delegate(made.agents.bob!, { capabilities: ['blackboard_contribution'] })
          .catch((error: unknown) => error);
        throw refusal;
      },
    };
    const made = await world({
      controller: { agent: controller('mallory').agent },
      mallory: { agent: mallory, capabilities: MAY },
      bob: { agent: posts('b'), capabilities: MAY },
    });
    const result = await made.run('blackboard', 0);
    expect((result.result as BlackboardResult).state.contributions).toEqual([]);
    expect(refusal).toMatchObject({
      code: 'DELEGATION_REFUSED',
      received: expect.stringContaining('blackboard_write_only'),
    });
    expect(grants(result)).toEqual(['controller → mallory: execute [blackboard_write_only]']);
  });

  it('works by the field names of Kaizen, and finds a specialist by capability', async () => {
    const seen: Record<string, unknown>[] = [];
    const plain = (fields: Record<string, unknown>) => {
      seen.push(fields);
      return fields.iteration === 1
        ? { is_complete: 'No', next_needed_capability: 'chemistry' }
        : { is_complete: 'YES' };
    };
    const { run } = await world({
      controller: { agent: plain },
      alice: { agent: () => ({ insight: 'a' }), capabilities: MAY },
      bob: {
        agent: ({ blackboard }: { blackboard: string }) => JSON.parse(blackboard),
        capabilities: [...MAY, 'chemistry'],
      },
    });
    const { solved, state } = (await run('blackboard', 'p')).result as BlackboardResult;
    expect(solved).toBe(true);
    expect(state.contributions).toEqual([
      { specialist: 'bob', round: 1, type: 'insight', content: { input: 'p', contributions: [] } },
    ]);
    expect(seen[1]).toMatchObject({ iteration: 2, blackboard: JSON.stringify(state) });
  });

  it('records a capability that no specialist holds as a skip', async () => {
    const { agent, views } = controller({ requiredCapability: 'magic' });
    const { run } = await world({ controller: { agent }, alice: { agent: posts(1), capabilities: MAY } });
    const result = await run('blackboard', 0);
    expect(views[1]?.failures).toMatchObject([{ agent: null, code: 'NO_CAPABLE_AGENT', round: 1 }]);
    expect(steps(result)).toContain('controller execute denied');
  });

  it.each([
    ['a stranger', { specialist: 'nobody' }],
    ['itself', { specialist: 'controller' }],
    ['nothing', {}],
  ])('refuses a controller that chooses %s', async (_, selection) => {
    const { run } = await world({
      controller: { agent: controller(selection).agent },
      alice: { agent: posts(1), capabilities: MAY },
    });
    const { error, trace } = await failureOf(run('blackboard', 0));
    expect(error.code).toBe('ROLE_OUTPUT_INVALID');
    expect(trace.delegations).toEqual([]);
  });

  it('needs a controller that can delegate the contribution under strictDelegation', async () => {
    const cast = (capabilities: string[]) => ({
      controller: { agent: controller('alice').agent, capabilities },
      alice: { agent: posts(1), capabilities: MAY },
    });
    const strict = { strictDelegation: true };
    const good = (await (await world(cast(ALL), strict)).run('blackboard', 0)).result as BlackboardResult;
    expect(good.state.contributions).toHaveLength(1);
    const bad = await (await world(cast(['analyze']), strict)).run('blackboard', 0);
    expect((bad.result as BlackboardResult).state.contributions).toEqual([]);
    expect(grants(bad)).toEqual([]);
    expect(steps(bad)[1]).toBe('controller delegate denied');
    expect(detailsOf(bad, 2)).toMatchObject({
      event: 'blackboard_contribution_failed',
      code: 'DELEGATION_REFUSED',
    });
  });
});
