import type { VerificationRequest } from '@kaizen-eatp/core';
import { ConstraintEvaluator } from '@kaizen-eatp/core/plugin';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read_*', 'write']);
  await world.establish(BOB, ['read'], ['read_only', 'budget_100']);
});

const verify = (agentId: string, action: string, more: Partial<VerificationRequest> = {}) =>
  world.trust.verify({ agentId, action, ...more });

describe('what is permitted', () => {
  it('reports the capability, the constraints, and which of them no evaluator enforces', async () => {
    const { capabilities } = (await world.trust.getChain(BOB))!;
    expect(await verify(BOB, 'read')).toEqual({
      valid: true,
      level: 'standard',
      capabilityUsed: capabilities.find((c) => c.capability === 'read')?.id,
      effectiveConstraints: ['read_only', 'budget_100'],
      unenforcedConstraints: ['budget_100'],
      violations: [],
    });
  });

  it.each([
    ['read_all', true],
    ['read_', true],
    ['read', false],
    ['write', true],
    ['write_file', false],
    ['Write', false],
    ['*', false],
    ['read_*', true],
    ['', false],
  ])('by the capabilities read_* and write: %s is %s', async (action, valid) => {
    expect((await verify(ALICE, action)).valid).toBe(valid);
  });

  it('includes the two capabilities of the protocol, unless they were declined', async () => {
    expect((await verify(BOB, 'orchestration_participation')).valid).toBe(true);
    expect((await verify(BOB, 'execute')).valid).toBe(true);
    await world.trust.establish({
      agentId: 'agent-x',
      authorityId: 'org-acme',
      capabilities: ['a'],
      protocolCapabilities: false,
    });
    expect((await verify('agent-x', 'execute')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it('under a delegation names the delegation, and both sets of constraints', async () => {
    const { id } = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read_all'],
      additionalConstraints: ['audit_required'],
    });
    for (const more of [{ delegationId: id }, { delegationId: id, level: 'full' as const }]) {
      expect(await verify(BOB, 'read_all', more)).toMatchObject({
        valid: true,
        capabilityUsed: id,
        effectiveConstraints: ['read_only', 'budget_100', 'audit_required'],
      });
    }
    expect((await verify(BOB, 'read', { delegationId: id })).denial?.code).toBe('DELEGATION_SCOPE');
    expect((await verify(BOB, 'read')).valid).toBe(true);
    expect((await verify(BOB, 'read_all')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it('under one of several delegations is what that one gives, and not what another gives', async () => {
    const give = (capability: string) =>
      world.trust.delegate({ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: [capability] });
    const made = { read_a: await give('read_a'), read_b: await give('read_b') };
    for (const [name, { id: delegationId }] of Object.entries(made)) {
      for (const action of ['read_a', 'read_b', 'read_c'])
        expect((await verify(BOB, action, { delegationId })).valid, action).toBe(action === name);
    }
  });
});

describe('levels', () => {
  it('quick looks at revocation and expiry only', async () => {
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.role = 'chief'));
    expect(await verify(BOB, 'anything', { level: 'quick' })).toMatchObject({ valid: true, level: 'quick' });
    expect(await verify(BOB, 'read')).toMatchObject({ valid: false, level: 'standard' });
    expect(await verify(BOB, 'read', { level: 'full' })).toMatchObject({ valid: false, level: 'full' });
    await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    expect((await verify(ALICE, 'read_x', { level: 'quick' })).denial?.code).toBe('REVOKED');
    expect((await verify('agent-x', 'read', { level: 'quick' })).denial?.code).toBe('NO_CHAIN');
  });

  it('quick says expired once the genesis has, or every capability has', async () => {
    await world.overwrite(
      ALICE,
      world.forgeChain(ALICE, { capabilities: [{ expiresAt: '2026-01-05T12:05:00+00:00' }] }),
    );
    expect((await verify(ALICE, 'x', { level: 'quick' })).valid).toBe(true);
    world.later(6);
    expect((await verify(ALICE, 'x', { level: 'quick' })).denial?.code).toBe('EXPIRED');
    expect((await verify(ALICE, 'read')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it.each(['Standard', 'paranoid', '', 5, {}])('refuses the level %o', async (level) => {
    await expect(verify(BOB, 'read', { level: level as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      expected: 'one of quick, standard, full',
    });
  });
});

describe('constraint evaluators', () => {
  it('decide, are given the context, and deny by throwing', async () => {
    class Budget extends ConstraintEvaluator {
      matches = (label: string) => label.startsWith('budget_');
      evaluate({ label, context }: Parameters<ConstraintEvaluator['evaluate']>[0]) {
        if (context.cost === undefined) throw new Error('no cost given');
        return Number(context.cost) <= Number(label.slice(7))
          ? ({ permitted: true } as const)
          : ({ permitted: false, reason: 'too dear' } as const);
      }
    }
    const trust = world.elsewhere({ constraintEvaluators: [new Budget()], unknownConstraints: 'deny' });
    const ask = (context: object) =>
      trust.verify({ agentId: BOB, action: 'read', context: context as never });
    expect(await ask({ cost: 99 })).toMatchObject({ valid: true, unenforcedConstraints: [] });
    expect(await ask({ cost: 101 })).toMatchObject({
      denial: { code: 'CONSTRAINT_VIOLATED', reason: 'budget_100: too dear' },
      violations: [{ constraint: 'budget_100', reason: 'too dear' }],
    });
    expect((await ask({})).denial?.reason).toBe('budget_100: the evaluator failed: no cost given');
  });
});

it('refuses a malformed request, and denies a well-formed one about an unknown agent or action', async () => {
  for (const agentId of [undefined, null, 5, {}, '', '\ud83d', Object(BOB)])
    await expect(verify(agentId as never, 'read')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  for (const action of [undefined, null, 5, {}])
    await expect(verify(BOB, action as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(world.trust.verify(undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await verify('__proto__', 'read')).denial?.code).toBe('NO_CHAIN');
  expect((await verify(BOB, '')).denial?.code).toBe('CAPABILITY_NOT_HELD');
});
