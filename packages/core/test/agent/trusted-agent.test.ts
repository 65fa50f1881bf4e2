import { currentInvocation, type InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, never, rejection, said, World } from '../runtime/world.js';

const SHARED = 'outside-runs';

describe('an agent that runs outside a run', () => {
  it('is verified and recorded on the trail for that', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (input: unknown, context: InvocationContext) => ({
      input,
      task: context.taskId,
    }));
    const options = { taskId: 'task-1', humanOrigin: ALICE };
    expect(await alice.run('x', options)).toEqual({ input: 'x', task: 'task-1' });
    const [anchor] = await world.trail(SHARED);
    expect(anchor).toMatchObject({
      agentId: 'agent-alice',
      action: 'execute',
      result: 'success',
      context: { task_id: 'task-1', outcome: 'success', human_origin: { human_id: ALICE.humanId } },
    });
    expect(await world.store.openIntents()).toEqual([]);
  });

  it('is stopped by the guard, and that is recorded', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const mallory = await world.agent('mallory', work, { establish: false });
    expect(await rejection(alice.run(1, { action: 'send_mail' }))).toMatchObject({
      code: 'VERIFICATION_DENIED',
    });
    expect(await rejection(mallory.run(1))).toMatchObject({ denial: { code: 'NO_CHAIN' } });
    expect(work).not.toHaveBeenCalled();
    const trail = await world.trail(SHARED);
    expect(said(trail)[0]).toBe('alice send_mail denied denied');
    expect(trail[1]?.context).toMatchObject({ subject_agent_id: 'agent-mallory', outcome: 'denied' });
  });

  it('fails and is cancelled as it would be in a run', async () => {
    const world = await World.make();
    const failing = await world.agent('alice', () => Promise.reject(new Error('no')));
    expect((await rejection(failing.run(1))).code).toBe('AGENT_FAILED');
    const hanging = await world.agent('bob', never);
    expect((await rejection(hanging.run(1, { signal: AbortSignal.abort('x') }))).code).toBe(
      'EXECUTION_CANCELLED',
    );
    expect(said(await world.trail(SHARED))).toEqual([
      'alice execute failure failure',
      'bob execute partial cancelled',
    ]);
  });

  it('acts under what was delegated to it for the task', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, {
      capabilities: ['read_mail'],
      constraints: ['no_pii_export'],
    });
    const bob = await world.agent('bob', undefined, { capabilities: ['send_mail'] });
    const given = await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    await bob.run(1, { taskId: 'task-1', action: 'read_mail' });
    const refused = await rejection(bob.run(1, { taskId: 'task-1', action: 'send_mail' }));
    expect(refused).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    await bob.run(1, { taskId: 'task-2', action: 'send_mail' });
    expect((await world.trail(SHARED)).map(({ context }) => context?.delegation_id)).toEqual([
      given.id,
      given.id,
      null,
    ]);
  });

  it('acts under the delegation that gives the right, if it has several for the task', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
    const bob = await world.agent('bob');
    await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    await alice.delegateTo(bob, { capabilities: ['send_mail'], taskId: 'task-1' });
    await bob.run(1, { taskId: 'task-1', action: 'read_mail' });
    await bob.run(1, { taskId: 'task-1', action: 'send_mail' });
    expect(said(await world.trail(SHARED))).toEqual([
      'bob read_mail success success',
      'bob send_mail success success',
    ]);
  });

  it('cannot use in its own code what the delegation does not give', async () => {
    const world = await World.make();
    const send = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob: TrustedAgent = await world.agent('bob', () => bob.callTool('send_mail', {}), {
      capabilities: ['send_mail'],
      tools: { send_mail: send },
    });
    await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    expect((await rejection(bob.run(1, { taskId: 'task-1', action: 'read_mail' }))).code).toBe(
      'AGENT_FAILED',
    );
    expect(send).not.toHaveBeenCalled();
  });

  it('tells its code what it is in the middle of', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => currentInvocation()?.taskId);
    expect(await alice.run(1, { taskId: 'task-1' })).toBe('task-1');
    expect(currentInvocation()).toBeUndefined();
  });
});

describe('what an agent says of itself', () => {
  it('from its chain', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', { run: () => 1, review: () => 2 } as never, {
      capabilities: ['read_mail'],
      constraints: ['read_only'],
    });
    expect(alice).toMatchObject({
      name: 'alice',
      id: 'agent-alice',
      isTrusted: true,
      capabilities: ['read_mail'],
      effectiveConstraints: ['read_only'],
      methods: ['run', 'review'],
    });
    const mallory = await world.agent('mallory', () => 1, { establish: false });
    expect(mallory).toMatchObject({
      isTrusted: false,
      capabilities: [],
      effectiveConstraints: [],
      trustChain: undefined,
    });
  });

  it('as it was when it was last looked at; load() looks once, refresh() again', async () => {
    const world = await World.make();
    await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const elsewhere = new TrustedAgent({ name: 'alice', agent: () => 1, trust: world.trust });
    expect(elsewhere.isTrusted).toBe(false);
    await elsewhere.load();
    expect(elsewhere.capabilities).toEqual(['read_mail']);
    await world.trust.reattest({ agentId: 'agent-alice', capabilities: ['send_mail'] });
    await elsewhere.load();
    expect(elsewhere.capabilities).toEqual(['read_mail']);
    expect(await elsewhere.refresh()).toBe(true);
    expect(elsewhere.capabilities).toEqual(['read_mail', 'send_mail']);
    await world.trust.revoke({ agentId: 'agent-alice', reason: 'x' });
    expect(await elsewhere.refresh()).toBe(false);
    expect(elsewhere.isTrusted).toBe(false);
  });

  it('verify() answers without throwing', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    expect(await alice.verify('read_mail')).toMatchObject({ valid: true });
    expect(await alice.verify('send_mail')).toMatchObject({
      valid: false,
      denial: { code: 'CAPABILITY_NOT_HELD' },
    });
  });
});
