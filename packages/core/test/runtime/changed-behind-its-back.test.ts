import { type DelegationRecord, type InvocationContext, systemClock } from '@kaizen-eatp/core';
import type { DelegationGrant } from '@kaizen-eatp/core/plugin';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, World } from './world.js';

/** Tries to change something; whether that throws or is without effect is all the same here. */
function tamper(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
}

const push = (list: readonly unknown[], ...items: unknown[]): void =>
  tamper(() => (list as unknown[]).push(...items));
const empty = (list: readonly unknown[]): void => tamper(() => (list as unknown[]).splice(0));

describe('what the guard rests on cannot be changed through what it hands out', () => {
  it('a pattern cannot add capabilities to the grant it was given', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
    const bob = await world.agent('bob', work);
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
        const grant = await delegate(a!, b!, { capabilities: ['read_mail'] });
        push(grant.capabilities, 'send_mail');
        await invoke(b!, 1, { action: 'send_mail' });
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('a pattern cannot take constraints out of the grant it was given', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['*'] });
    const bob = await world.agent('bob', work);
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
        const grant: DelegationGrant = await delegate(a!, b!, {
          capabilities: ['*'],
          constraints: ['read_only'],
        });
        empty(grant.constraints);
        await invoke(b!, 1, { action: 'delete_mail' });
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('a pattern cannot take constraints out of an agent through a verification result', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['*'], constraints: ['read_only'] });
    const error = await rejection(
      world.execute([alice], async ({ agents: [a], verify, invoke }) => {
        empty((await verify(a!, 'read_mail')).effectiveConstraints);
        await invoke(a!, 1, { action: 'delete_mail' });
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('a pattern cannot make up unenforced constraints for other runs', async () => {
    const world = await World.make({ unknownConstraints: 'deny' });
    const alice = await world.agent('alice');
    const result = await world.execute([alice], async ({ agents: [a], verify, invoke }) => {
      const { unenforcedConstraints, violations } = await verify(a!, 'execute');
      push(unenforcedConstraints, 'made_up');
      push(violations, { constraint: 'made_up', reason: 'x' });
      return invoke(a!, 1);
    });
    expect(result.auditTrail[0]?.context).not.toHaveProperty('unenforced_constraints');
  });

  it('an agent cannot widen the delegation in its context', async () => {
    const world = await World.make();
    const send = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
    const bob = await world.agent(
      'bob',
      async (_input: unknown, { delegation, callTool }: InvocationContext) => {
        push((delegation as DelegationRecord).capabilitiesDelegated, 'send_mail');
        empty((delegation as DelegationRecord).constraintSubset);
        await callTool('send_mail', {});
      },
      { tools: { send_mail: send } },
    );
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        await invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'VERIFICATION_DENIED' } });
    expect(send).not.toHaveBeenCalled();
  });

  it('the record that delegate() returned, or an event, cannot be used to widen a delegation', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
    const bob = await world.agent('bob', work);
    const request = {
      delegatorId: alice.id,
      delegateeId: bob.id,
      taskId: 'task-1',
      capabilities: ['read_mail'],
    };
    const record = await world.trust.delegate(request);
    push(record.capabilitiesDelegated, 'send_mail');
    const outside = await rejection(bob.run(1, { delegation: record, action: 'send_mail' }));
    expect(outside).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });

    const inRun = await rejection(
      world.execute(
        [alice, bob],
        async ({ agents: [a, b], delegate, invoke }) => {
          await delegate(a!, b!, { capabilities: ['read_mail'] });
          await invoke(b!, 1, { action: 'send_mail' });
        },
        {
          onEvent: (event) => {
            if (event.type === 'delegated') push(event.delegation.capabilitiesDelegated, 'send_mail');
          },
        },
      ),
    );
    expect(inRun).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('a chain that was read cannot be used to add a capability to it or to take a constraint from it', async () => {
    const world = await World.make();
    const work = vi.fn();
    const mallory = await world.agent('mallory', work, {
      capabilities: ['delete_mail'],
      constraints: ['read_only'],
    });
    await world.trust.verify({ agentId: mallory.id, action: 'execute' });
    const chains = [mallory.trustChain, await world.trust.getChain(mallory.id)];
    for (const chain of chains) {
      const [attestation] = chain!.capabilities;
      push(chain!.capabilities, { ...attestation!, capability: 'send_mail' });
      tamper(() => Object.assign(attestation as object, { capability: 'send_mail', constraints: [] }));
      tamper(() => Object.assign(chain!.genesis, { expiresAt: null }));
      empty(attestation!.constraints);
    }
    empty(mallory.effectiveConstraints);
    expect((await world.trust.verify({ agentId: mallory.id, action: 'send_mail' })).denial?.code).toBe(
      'CAPABILITY_NOT_HELD',
    );
    expect((await world.trust.verify({ agentId: mallory.id, action: 'delete_mail' })).denial?.code).toBe(
      'CONSTRAINT_VIOLATED',
    );
  });

  it('the record of an authority that was read cannot be used to change its key', async () => {
    const world = await World.make();
    const mallory = await World.make();
    const authority = await world.trust.getAuthority(world.authority.id);
    tamper(() =>
      Object.assign(authority as object, { publicKey: mallory.authority.publicKey, isActive: false }),
    );
    const again = await world.trust.getAuthority(world.authority.id);
    expect(again).toMatchObject({ publicKey: world.authority.publicKey, isActive: true });
  });

  it('neither pattern nor agent can say who the human is', async () => {
    const world = await World.make();
    const mallory = 'mallory@evil.example';
    const alice = await world.agent('alice', (_input: unknown, { humanOrigin }: InvocationContext) => {
      tamper(() => Object.assign(humanOrigin as object, { humanId: mallory }));
    });
    const humanOrigin = { ...ALICE };
    const { auditTrail } = await world.execute(
      [alice],
      async (execution) => {
        tamper(() => Object.assign(execution.humanOrigin as object, { humanId: mallory }));
        await execution.invoke(execution.agents[0]!, 1);
      },
      { humanOrigin },
    );
    expect(auditTrail).toHaveLength(2);
    const { person } = auditTrail[0]!.context!;
    for (const { context } of auditTrail) expect(context).toMatchObject({ person });
    const [disclosure] = await world.store.readDisclosures([(person as { digest: string }).digest]);
    expect(disclosure?.text).toContain(`"${ALICE.humanId}"`);
  });

  it('the clock of a whole process cannot be stopped', async () => {
    const original = systemClock.now;
    tamper(() => Object.assign(systemClock, { now: () => 0 }));
    const changed = systemClock.now !== original;
    if (changed) Object.assign(systemClock, { now: original });
    expect(changed).toBe(false);
  });

  it("a run's result does not change when its lists are changed", async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const result = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    empty(result.auditTrail);
    empty(result.delegations);
    expect(result.auditTrail).toHaveLength(2);
    const { text } = await result.receipt();
    expect(JSON.parse(text).anchors).toHaveLength(2);
  });
});
