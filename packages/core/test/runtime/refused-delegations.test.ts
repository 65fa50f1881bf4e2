import type { AuditAnchor, InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it, vi } from 'vitest';
import { rejection, said, World } from './world.js';

const denials = (trail: readonly AuditAnchor[]) =>
  trail
    .filter(({ action }) => action === 'delegate')
    .map(({ agentId, result, context }) => ({ agentId, result, context }));

describe('a delegation that is refused appears in the trail', () => {
  it('when a pattern asked for it and handles the error', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob');
    const result = await world.execute([alice, bob], async ({ agents: [a, b], invoke, delegate }) => {
      await rejection(delegate(a!, b!, { capabilities: ['send_mail'] }));
      return invoke(a!, 1);
    });
    expect(said(result.auditTrail)).toEqual([
      'alice delegate denied denied',
      'alice execute success success',
      'alice orchestration_complete success success',
    ]);
    expect(denials(result.auditTrail)).toMatchObject([
      {
        agentId: 'agent-alice',
        context: {
          delegatee_id: 'agent-bob',
          capabilities: ['send_mail'],
          delegation_id: null,
          denial: { code: 'CAPABILITY_NOT_HELD' },
        },
      },
    ]);
    const verdict = await verifyReceipt(await result.receipt());
    expect(verdict.problems).toEqual([]);
  });

  it('when an agent asked for it and handles the error', async () => {
    const world = await World.make();
    const held: { bob?: TrustedAgent } = {};
    const alice = await world.agent('alice', async (_input: unknown, context: InvocationContext) => {
      const error = await rejection(context.delegate(held.bob!, { capabilities: ['pay'] }));
      return error.code;
    });
    held.bob = await world.agent('bob', undefined, { capabilities: ['pay'] });
    const result = await world.execute([alice, held.bob], ({ agents: [a], invoke }) => invoke(a!, 1));
    expect(result.result).toBe('CAPABILITY_NOT_HELD');
    expect(denials(result.auditTrail)).toMatchObject([
      {
        agentId: 'agent-alice',
        context: { within_invocation: `${result.runId}/1`, delegatee_id: 'agent-bob' },
      },
    ]);
    const [, call] = said(result.auditTrail);
    expect(call).toBe('alice execute success success');
  });

  it('but not one that was asked for with a wrong option', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const result = await world.execute(agents, async ({ agents: [a, b], invoke, delegate }) => {
      const misspelt = { capability: ['execute'] } as never;
      await rejection(delegate(a!, b!, misspelt));
      return invoke(a!, 1);
    });
    expect(denials(result.auditTrail)).toEqual([]);
  });
});

describe('a call that is stopped after its intent is stored', () => {
  it('says that its agent was never called', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const abort = new AbortController();
    const { store } = world;
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      await commit(writes);
      if (writes.some(({ op }) => op === 'open_intent')) abort.abort(new Error('enough'));
    };
    const error = await rejection(
      world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { signal: abort.signal }),
    );
    expect(error.code).toBe('EXECUTION_CANCELLED');
    expect(work).not.toHaveBeenCalled();
    const [call] = await world.remains(error);
    expect(call).toMatchObject({ result: 'partial', context: { outcome: 'cancelled', started: false } });
  });
});
