import { ConstraintEvaluator, type VerificationHooks, type VerificationRequest } from '@kaizen-eatp/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read_*', 'write']);
  await world.establish(BOB, ['read'], ['read_only', 'budget_100']);
});

const verify = (agentId: string, action: string, more: Partial<VerificationRequest> = {}) =>
  world.trust.verify({ agentId, action, ...more });

describe('what is permitted', () => {
  it('says by which capability, under which constraints, and which of them nobody enforces', async () => {
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
    for (const more of [
      { delegationId: id },
      { taskId: 't' },
      { taskId: 't', delegationId: id, level: 'full' as const },
    ]) {
      expect(await verify(BOB, 'read_all', more)).toMatchObject({
        valid: true,
        capabilityUsed: id,
        effectiveConstraints: ['read_only', 'budget_100', 'audit_required'],
      });
    }
    expect((await verify(BOB, 'read', { taskId: 't' })).denial?.code).toBe('DELEGATION_SCOPE');
    expect((await verify(BOB, 'read')).valid).toBe(true);
    expect((await verify(BOB, 'read_all')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it('by any of several delegations of a task', async () => {
    await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read_a'],
    });
    await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read_b'],
    });
    for (const action of ['read_a', 'read_b'])
      expect((await verify(BOB, action, { taskId: 't' })).valid).toBe(true);
    expect((await verify(BOB, 'read_c', { taskId: 't' })).valid).toBe(false);
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
      expected: 'quick, standard, full',
    });
  });
});

describe('hooks', () => {
  const withHooks = (hooks: VerificationHooks) => world.elsewhere({ hooks });
  const ask = (hooks: VerificationHooks, action = 'read') =>
    withHooks(hooks).verify({ agentId: BOB, action });

  it('deny with the reason they return', async () => {
    expect((await ask({ beforeVerify: () => 'no' })).denial).toEqual({ code: 'HOOK_DENIED', reason: 'no' });
    expect((await ask({ afterVerify: async () => 'late no' })).denial).toEqual({
      code: 'HOOK_DENIED',
      reason: 'late no',
    });
    expect((await ask({ beforeVerify: () => undefined, afterVerify: async () => undefined })).valid).toBe(
      true,
    );
  });

  it('deny by throwing', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    for (const hooks of [
      { beforeVerify: boom },
      { afterVerify: boom },
      { afterVerify: () => Promise.reject(new Error('boom')) },
    ]) {
      expect((await ask(hooks)).denial).toEqual({ code: 'VERIFIER_FAILED', reason: 'boom' });
    }
  });

  it('are told what was asked and what was found', async () => {
    const seen: unknown[] = [];
    await ask({
      beforeVerify: (request) => void seen.push(request),
      afterVerify: (_request, result) => void seen.push(result.valid),
    });
    expect(seen).toEqual([expect.objectContaining({ agentId: BOB, action: 'read' }), true]);
  });

  it('leave the reason of a denial as it was', async () => {
    expect((await ask({ afterVerify: () => 'no' }, 'write')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it('cannot permit by what they return', async () => {
    const hooks = {
      beforeVerify: () => ({ valid: true }) as never,
      afterVerify: () => ({ valid: true }) as never,
    };
    expect((await ask(hooks, 'write')).valid).toBe(false);
  });

  it('cannot permit by changing the result that they are shown', async () => {
    const hooks: VerificationHooks = {
      afterVerify(_request, result) {
        try {
          Object.assign(result, { valid: true, denial: undefined });
        } catch {
          // Frozen is as good.
        }
        return undefined;
      },
    };
    expect(await ask(hooks, 'write')).toMatchObject({
      valid: false,
      denial: { code: 'CAPABILITY_NOT_HELD' },
    });
  });

  it('cannot turn the question into another by changing the request', async () => {
    const change = (request: VerificationRequest) => {
      try {
        Object.assign(request, { agentId: ALICE, action: 'read_x' });
      } catch {
        // Frozen is as good.
      }
      return undefined;
    };
    expect((await ask({ beforeVerify: change }, 'delete')).valid).toBe(false);
  });

  it('may be an object of a class with state of its own', async () => {
    class Watch implements VerificationHooks {
      readonly #reason = 'watched';
      beforeVerify() {
        return this.#reason;
      }
    }
    expect((await ask(new Watch())).denial).toEqual({ code: 'HOOK_DENIED', reason: 'watched' });
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

describe('what was verified once is not believed of anything else', () => {
  it('notices a changed byte of the stored chain', async () => {
    expect((await verify(BOB, 'read')).valid).toBe(true);
    await world.tamper(BOB, (wire) => (wire.capabilities[0].capability = 'reaD'));
    expect((await verify(BOB, 'reaD')).denial?.code).toBe('CAPABILITY_SIGNATURE_INVALID');
  });

  it('notices a changed byte of a delegator’s chain under a delegation', async () => {
    const { id } = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['write'],
    });
    expect((await verify(BOB, 'write', { delegationId: id })).valid).toBe(false);
    await world.establish('agent-carol', []);
    const { id: other } = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: 'agent-carol',
      taskId: 't',
      capabilities: ['write'],
    });
    expect((await verify('agent-carol', 'write', { delegationId: other })).valid).toBe(true);
    await world.tamper(ALICE, (wire) => (wire.genesis.metadata.x = 1));
    expect((await verify('agent-carol', 'write', { delegationId: other })).denial?.code).toBe(
      'GENESIS_SIGNATURE_INVALID',
    );
  });

  it('notices a rotated authority key', async () => {
    expect((await verify(BOB, 'read')).valid).toBe(true);
    const [stored] = await world.store.readAuthorities(['org-acme']);
    const text = stored?.text.replace(world.key.publicKey, (await World.create()).key.publicKey) as string;
    await world.store.commit([
      { op: 'put_authority', authorityId: 'org-acme', text, ifVersion: stored?.version as string },
    ]);
    expect((await verify(BOB, 'read')).denial?.code).toBe('CHAIN_STATE_SIGNATURE_INVALID');
  });

  it('notices that a good chain is back', async () => {
    const { text } = await world.stored(BOB);
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.x = 1));
    expect((await verify(BOB, 'read')).valid).toBe(false);
    await world.overwrite(BOB, text);
    expect((await verify(BOB, 'read')).valid).toBe(true);
  });

  it('looks at the time anew', async () => {
    await world.establish('agent-carol', ['read'], [], minutes(5));
    expect((await verify('agent-carol', 'read')).valid).toBe(true);
    world.later(4.99);
    expect((await verify('agent-carol', 'read')).valid).toBe(true);
    world.later(5.01);
    expect((await verify('agent-carol', 'read')).denial?.code).toBe('EXPIRED');
  });

  const tryTo = (change: () => void): void => {
    try {
      change();
    } catch {
      // Frozen is as good.
    }
  };

  it('is out of reach of whoever holds a result', async () => {
    await world.establish('agent-carol', ['write'], ['read_only']);
    const result = await verify('agent-carol', 'read', { level: 'quick' });
    tryTo(() => (result.effectiveConstraints as string[]).splice(0));
    expect((await verify('agent-carol', 'write')).denial?.code).toBe('CONSTRAINT_VIOLATED');
  });

  it('is out of reach of whoever holds a chain', async () => {
    expect((await verify(BOB, 'admin')).valid).toBe(false);
    const chain = (await world.trust.getChain(BOB))!;
    tryTo(() => Object.assign(chain.capabilities[0]!, { capability: '*' }));
    tryTo(() => Object.assign(chain, { capabilities: [{ ...chain.capabilities[0]!, capability: '*' }] }));
    expect((await verify(BOB, 'admin')).valid).toBe(false);
  });

  it('is out of reach of whoever holds a delegation', async () => {
    await world.establish('agent-carol', []);
    const record = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: 'agent-carol',
      taskId: 't',
      capabilities: ['read_a'],
      additionalConstraints: ['no_pii_export'],
    });
    tryTo(() => (record.capabilitiesDelegated as string[]).push('read_b'));
    tryTo(() => (record.constraintSubset as string[]).splice(0));
    expect((await verify('agent-carol', 'read_b', { delegationId: record.id })).valid).toBe(false);
    expect(
      (await verify('agent-carol', 'read_a', { delegationId: record.id })).effectiveConstraints,
    ).toContain('no_pii_export');
  });
});

it('never throws for what it is given instead of a request', async () => {
  for (const agentId of [undefined, null, 5, {}, '__proto__', '']) {
    expect((await verify(agentId as never, 'read')).valid).toBe(false);
  }
  for (const action of [undefined, null, 5, {}])
    expect((await verify(BOB, action as never)).valid).toBe(false);
  const nothing = await world.trust.verify(undefined as never).catch((error: unknown) => error);
  expect(nothing).toSatisfy(
    (it: { valid?: boolean; code?: string }) => it.valid === false || it.code === 'INVALID_ARGUMENT',
  );
});
