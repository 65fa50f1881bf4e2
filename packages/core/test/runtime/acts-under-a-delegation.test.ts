import type { DelegationGrant, PatternExecution } from '@kaizen-eatp/core/plugin';
import { describe, expect, it, vi } from 'vitest';
import { rejection, World } from './world.js';

describe('every agent but the first acts under a delegation of its own', () => {
  it('refuses a second agent without one', async () => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice'), await world.agent('bob', work)];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b], invoke }) => {
        await invoke(a!, 1);
        await invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({
      code: 'DELEGATION_REQUIRED',
      evidence: { agentId: 'agent-bob', leaderId: 'agent-alice' },
    });
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('refuses a second agent that delegates or shares without one', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    for (const attempt of [
      ({ agents: [a, b], delegate }: PatternExecution<never>) =>
        delegate(b!, a!, { capabilities: ['execute'] }),
      ({ agents: [, b], share }: PatternExecution<never>) => share(b!, 1, { action: 'execute' }),
    ]) {
      const error = await rejection(
        world.execute(agents, async (execution) => {
          await execution.invoke(execution.agents[0]!, 1);
          await attempt(execution as never);
        }),
      );
      expect(error.code).toBe('DELEGATION_REQUIRED');
    }
  });

  it('refuses a delegation of another agent, one of another run, and one that was made up', async () => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice'), await world.agent('bob'), await world.agent('mallory', work)];
    const kept: DelegationGrant[] = [];
    const runtime = world.runtime(agents, async ({ agents: [a, b, m], invoke, delegate }) => {
      const forBob = await delegate(a!, b!, { capabilities: ['execute'] });
      const forMallory = await delegate(a!, m!, { capabilities: ['execute'] });
      for (const delegation of [
        forBob,
        ...kept,
        { ...forMallory, id: 'del-made-up' },
        { ...forBob, to: m! },
      ]) {
        const error = await rejection(invoke(m!, 1, { delegation }));
        expect(error).toMatchObject({ code: 'DELEGATION_NOT_FOUND', evidence: { agentId: 'agent-mallory' } });
      }
      kept.push(forMallory);
    });
    await runtime.execute(1, { pattern: 'probe', taskId: 'same-task' });
    await runtime.execute(1, { pattern: 'probe', taskId: 'same-task' });
    expect(work).not.toHaveBeenCalled();
  });

  it('lets an agent act under the delegation that is named, not the newest', async () => {
    const world = await World.make();
    const both = { capabilities: ['read_mail', 'send_mail'] };
    const agents = [await world.agent('alice', undefined, both), await world.agent('bob')];
    const result = await world.execute(agents, async ({ agents: [a, b], invoke, delegate }) => {
      const first = await delegate(a!, b!, { capabilities: ['send_mail'] });
      await delegate(a!, b!, { capabilities: ['read_mail'] });
      await invoke(b!, 1);
      await invoke(b!, 2, { delegation: first });
    });
    const [first, second] = result.delegations;
    expect(result.auditTrail.slice(0, 2)).toMatchObject([
      { action: 'read_mail', context: { delegation_id: second?.id } },
      { action: 'send_mail', context: { delegation_id: first?.id } },
    ]);
  });
});
