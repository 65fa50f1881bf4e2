import type { VerificationRequest } from '@kaizen-eatp/core';
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

describe('what was verified once is not believed of anything else', () => {
  it('notices a changed byte of the stored chain', async () => {
    expect((await verify(BOB, 'read')).valid).toBe(true);
    await world.tamper(BOB, (wire) => (wire.capabilities[0].capability = 'reaD'));
    expect((await verify(BOB, 'reaD')).denial?.code).toBe('CAPABILITY_SIGNATURE_INVALID');
  });

  it('notices that the key of another authority, which attested a capability, was revoked', async () => {
    const beta = await world.trust.createEnterpriseAuthority({ name: 'Beta', id: 'org-beta' });
    const attest = (text: string): string => world.keys.sign(text, beta.signingKeyId);
    await world.overwrite(BOB, world.forgeChain(BOB, { capabilities: [{ attesterId: beta.id }], attest }));
    expect((await verify(BOB, 'read')).valid).toBe(true);
    const since = minutes(-60);
    await world.trust.revokeKey({ authorityId: beta.id, since, reason: 'stolen' });
    expect((await verify(BOB, 'read')).denial?.code).toBe('CAPABILITY_SIGNATURE_INVALID');
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

  it.each<[string, Parameters<World['forgeChain']>[1]]>([
    ['does not hold any more what it gave', { capabilities: [{ capability: 'read' }] }],
    [
      'is under a constraint that the delegation does not pass on',
      { capabilities: [{ capability: 'write', constraints: ['eu_only'] }] },
    ],
  ])('notices that the delegator %s', async (_what, chain) => {
    await world.establish('agent-carol', []);
    const { id } = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: 'agent-carol',
      taskId: 't',
      capabilities: ['write'],
    });
    expect((await verify('agent-carol', 'write', { delegationId: id })).valid).toBe(true);
    await world.overwrite(ALICE, world.forgeChain(ALICE, chain));
    expect((await verify('agent-carol', 'write', { delegationId: id })).denial?.code).toBe(
      'DELEGATION_WIDENED',
    );
  });

  it('does not take the key of an authority from its stored record', async () => {
    expect((await verify(BOB, 'read')).valid).toBe(true);
    const [stored] = await world.store.readAuthorities(['org-acme']);
    const text = stored?.text.replace(world.key.publicKey, (await World.create()).key.publicKey) as string;
    await world.store.commit([
      { op: 'put_authority', authorityId: 'org-acme', text, ifVersion: stored?.version as string },
    ]);
    expect((await verify(BOB, 'read')).valid).toBe(true);
  });

  it('notices that another authority is stored under the id of the one that signed', async () => {
    expect((await verify(BOB, 'read')).valid).toBe(true);
    const [stored] = await world.store.readAuthorities(['org-acme']);
    const { text = '', version = '' } = stored ?? {};
    await world.store.commit([
      {
        op: 'put_authority',
        authorityId: 'org-acme',
        text: text.replace('"id":"org-acme"', '"id":"org-other"'),
        ifVersion: version,
      },
    ]);
    expect((await verify(BOB, 'read')).denial?.code).toBe('AUTHORITY_UNKNOWN');
  });

  it('notices that a good chain is back', async () => {
    const { text } = await world.stored(BOB);
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.x = 1));
    expect((await verify(BOB, 'read')).valid).toBe(false);
    await world.overwrite(BOB, text);
    expect((await verify(BOB, 'read')).valid).toBe(true);
  });

  it('checks the time again', async () => {
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

  it('cannot be changed through a result', async () => {
    await world.establish('agent-carol', ['write'], ['read_only']);
    const result = await verify('agent-carol', 'read', { level: 'quick' });
    tryTo(() => (result.effectiveConstraints as string[]).splice(0));
    expect((await verify('agent-carol', 'write')).denial?.code).toBe('CONSTRAINT_VIOLATED');
  });

  it('cannot be changed through a chain', async () => {
    expect((await verify(BOB, 'admin')).valid).toBe(false);
    const chain = (await world.trust.getChain(BOB))!;
    tryTo(() => Object.assign(chain.capabilities[0]!, { capability: '*' }));
    tryTo(() => Object.assign(chain, { capabilities: [{ ...chain.capabilities[0]!, capability: '*' }] }));
    expect((await verify(BOB, 'admin')).valid).toBe(false);
  });

  it('cannot be changed through a delegation', async () => {
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
