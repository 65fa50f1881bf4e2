import { type InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
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
      context: { task_id: 'task-1', outcome: 'success', person: { digest: expect.any(String) } },
    });
    const { digest } = anchor!.context!.person as { digest: string };
    expect((await world.store.readDisclosures([digest]))[0]?.text).toContain(`"${ALICE.humanId}"`);
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

  it('acts under the delegation that it is given, and by its own right without one', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, {
      capabilities: ['read_mail'],
      constraints: ['no_pii_export'],
    });
    const bob = await world.agent('bob', undefined, { capabilities: ['send_mail'] });
    const delegation = await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    await bob.run(1, { delegation, action: 'read_mail' });
    await bob.run(1, { delegation: delegation.id, action: 'read_mail' });
    const refused = await rejection(bob.run(1, { delegation, action: 'send_mail' }));
    expect(refused).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    await bob.run(1, { taskId: 'task-2', action: 'send_mail' });
    const trail = await world.trail(SHARED);
    expect(trail.map(({ context }) => context?.delegation_id)).toEqual([
      ...Array.from({ length: 3 }, () => delegation.id),
      null,
    ]);
    expect(trail.map(({ context }) => context?.task_id)).toEqual(['task-1', 'task-1', 'task-1', 'task-2']);
  });

  it('finds no delegation by the id of a task', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob', work);
    await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    const refused = await rejection(bob.run(1, { taskId: 'task-1', action: 'read_mail' }));
    expect(refused).toMatchObject({ denial: { code: 'CAPABILITY_NOT_HELD' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('acts under each of several delegations for one task, and under no other right', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
    const bob = await world.agent('bob');
    const reading = await alice.delegateTo(bob, { capabilities: ['read_mail'], taskId: 'task-1' });
    const sending = await alice.delegateTo(bob, { capabilities: ['send_mail'], taskId: 'task-1' });
    await bob.run(1, { delegation: reading, action: 'read_mail' });
    await bob.run(1, { delegation: sending, action: 'send_mail' });
    await rejection(bob.run(1, { delegation: reading, action: 'send_mail' }));
    expect(said(await world.trail(SHARED))).toEqual([
      'bob read_mail success success',
      'bob send_mail success success',
      'bob send_mail denied denied',
    ]);
  });

  it('cannot use in its own code what the delegation does not give', async () => {
    const world = await World.make();
    const send = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob = await world.agent(
      'bob',
      (_input: unknown, context: InvocationContext) => context.callTool('send_mail', {}),
      { capabilities: ['send_mail'], tools: { send_mail: send } },
    );
    const delegation = await alice.delegateTo(bob, { capabilities: ['read_mail'] });
    const error = await rejection(bob.run(1, { delegation, action: 'read_mail' }));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { denial: { code: 'DELEGATION_SCOPE' } } });
    expect(send).not.toHaveBeenCalled();
  });

  it('gets the id of its invocation in its context', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (_input: unknown, context: InvocationContext) => ({
      taskId: context.taskId,
      agentId: context.agentId,
      hasRun: 'runId' in context,
      id: context.invocationId,
    }));
    expect(await alice.run(1, { taskId: 'task-1' })).toEqual({
      taskId: 'task-1',
      agentId: 'agent-alice',
      hasRun: false,
      id: expect.stringMatching(/^call-/),
    });
  });

  it('delegates and invokes through its context as in a run', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', (input: unknown, { delegation }: InvocationContext) => [
      input,
      delegation?.delegatorId,
    ]);
    const alice = await world.agent(
      'alice',
      async (_input: unknown, context: InvocationContext) => {
        await context.delegate(carol, { capabilities: ['read_mail'] });
        return context.invoke(carol, 'letters');
      },
      { capabilities: ['read_mail'] },
    );
    expect(await alice.run(1)).toEqual(['letters', 'agent-alice']);
    expect(said(await world.trail(SHARED))).toEqual([
      'carol read_mail success success',
      'alice execute success success',
    ]);
  });

  it('is waited for with all that it asked for and did not await', async () => {
    const world = await World.make();
    const alice = await world.agent(
      'alice',
      (_input: unknown, context: InvocationContext) => {
        void context.callTool('read_mail', {});
      },
      { capabilities: ['read_mail'], tools: { read_mail: never } },
    );
    await alice.run(1);
    expect(said(await world.trail(SHARED)).sort()).toEqual([
      'alice execute success success',
      'alice read_mail partial cancelled',
    ]);
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
    });
    expect(alice.methods).toEqual(['run']);
    const reviewer = await world.agent('bob', { run: () => 1, review: () => 2, vote: () => 3 } as never, {
      methods: ['review'],
    });
    expect(reviewer.methods).toEqual(['run', 'review', 'vote']);
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
