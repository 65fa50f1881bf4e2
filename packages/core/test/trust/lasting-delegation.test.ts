import { type DelegateRequest, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import { derivedCapabilityId } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, accepted, BOB, CAROL, MALLORY, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read_*', 'write'], ['eu']);
  await world.establish(BOB, ['bake'], ['quiet']);
  await world.establish(CAROL, ['cook']);
});

const from = (
  delegatorId: string,
  delegateeId: string,
  capabilities: readonly string[],
  more: Partial<DelegateRequest> = {},
) => accepted(world.trust, { delegatorId, delegateeId, taskId: 't', capabilities, ...more });
const may = async (
  agentId: string,
  action: string,
  more: object = {},
  trust: TrustOperations = world.trust,
) => (await trust.verify({ agentId, action, ...more })).valid;

describe('a lasting delegation', () => {
  it('is written into the delegatee’s chain with signed capabilities that carry its limits', async () => {
    const record = await from(ALICE, BOB, ['write', 'read_x'], {
      lasting: true,
      additionalConstraints: ['slow'],
    });
    const chain = (await world.trust.getChain(BOB))!;
    expect(chain.delegations).toEqual([record]);
    const derived = chain.capabilities.filter((c) =>
      [derivedCapabilityId(record.id, 'write'), derivedCapabilityId(record.id, 'read_x')].includes(c.id),
    );
    expect(derived.map((c) => [c.capability, c.constraints])).toEqual([
      ['write', ['eu', 'slow']],
      ['read_x', ['eu', 'slow']],
    ]);
    expect(await world.store.findDelegations({ taskId: 't' })).toMatchObject([{ status: 'accepted' }]);
    for (const level of ['standard', 'full']) {
      expect(
        await world.elsewhere().verify({ agentId: BOB, action: 'write', level: level as never }),
      ).toMatchObject({
        valid: true,
        effectiveConstraints: ['quiet', 'eu', 'slow'],
      });
    }
  });

  it('makes an agent without a chain a derived one, with what was given and nothing else', async () => {
    const record = await from(ALICE, MALLORY, ['write'], { lasting: true, expiresAt: minutes(10) });
    const chain = (await world.trust.getChain(MALLORY))!;
    expect(chain.genesis).toMatchObject({
      authorityId: 'org-acme',
      expiresAt: '2026-01-05T12:10:00+00:00',
      metadata: { derived_from: ALICE, delegation_id: record.id },
    });
    expect(chain.capabilities.map((c) => c.capability)).toEqual(['write']);
    expect(await may(MALLORY, 'write')).toBe(true);
    world.later(11);
    expect(await may(MALLORY, 'write')).toBe(false);
  });

  it('loses none of many made at once', async () => {
    const tasks = Array.from({ length: 8 }, (_, i) => `t${i}`);
    await Promise.all(
      tasks.map((taskId, i) =>
        accepted(i % 2 ? world.trust : world.elsewhere(), {
          delegatorId: ALICE,
          delegateeId: BOB,
          taskId,
          capabilities: [`read_${taskId}`],
          lasting: true,
        }),
      ),
    );
    const chain = (await world.trust.getChain(BOB))!;
    expect(chain.delegations.map((d) => d.taskId).sort()).toEqual(tasks);
    for (const task of tasks) expect(await may(BOB, `read_${task}`)).toBe(true);
  });

  it('does not outlive what it was given on the strength of: a delegation for one task', async () => {
    await from(ALICE, BOB, ['write']);
    const made = await from(BOB, CAROL, ['write'], { lasting: true }).catch((error) => error);
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await may(CAROL, 'write')).toBe(false);
    expect(made.code ?? 'made').toMatch(/^(DELEGATION_REFUSED|CAPABILITY_NOT_HELD)$/);
  });

  it('does not outlive what it was given on the strength of: a capability that expires', async () => {
    await from(ALICE, BOB, ['write'], { lasting: true, expiresAt: minutes(10) });
    await from(BOB, CAROL, ['write'], { lasting: true, taskId: 't2' });
    expect(await may(CAROL, 'write')).toBe(true);
    world.later(11);
    expect(await may(BOB, 'write')).toBe(false);
    expect(await may(CAROL, 'write')).toBe(false);
  });

  it('that has expired leaves the agent its own right to the same capability', async () => {
    await world.establish(MALLORY, ['write']);
    await from(ALICE, MALLORY, ['write'], { lasting: true, expiresAt: minutes(10) });
    const mallory = new TrustedAgent({ name: 'mallory', trust: world.trust, agent: () => 'written' });
    expect(await mallory.run('x', { action: 'write' })).toBe('written');
    world.later(11);
    expect(await mallory.run('x', { action: 'write' })).toBe('written');
    await from(ALICE, BOB, ['write'], { lasting: true, taskId: 'u', expiresAt: minutes(20) });
    const bob = new TrustedAgent({ name: 'bob', trust: world.trust, agent: () => 'written' });
    expect(await bob.run('x', { action: 'write' })).toBe('written');
    world.later(21);
    await expect(bob.run('x', { action: 'write' })).rejects.toMatchObject({ code: 'VERIFICATION_DENIED' });
  });

  it('leaves an agent that holds the capability freely with it', async () => {
    await world.establish(MALLORY, ['bake']);
    await world.establish('agent-free', ['bake']);
    await from(MALLORY, 'agent-free', ['bake'], { lasting: true });
    expect(
      (await world.trust.getChain('agent-free'))?.capabilities.filter((c) => c.capability === 'bake'),
    ).toHaveLength(1);
  });
});
