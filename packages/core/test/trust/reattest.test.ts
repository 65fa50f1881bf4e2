import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
});

describe('reattest', () => {
  beforeEach(async () => {
    await world.establish(BOB, ['read', 'write'], ['eu']);
  });

  it('adds capabilities and replaces those of the same name; the others stay', async () => {
    const before = (await world.trust.getChain(BOB))!;
    const chain = await world.trust.reattest({
      agentId: BOB,
      capabilities: ['admin', { capability: 'read', constraints: ['x'] }],
      constraints: ['us'],
    });
    expect(chain.genesis).toEqual(before.genesis);
    expect(chain.capabilities.map((c) => [c.capability, c.constraints])).toEqual([
      ['write', ['eu']],
      ['orchestration_participation', ['eu']],
      ['execute', ['eu']],
      ['admin', ['us']],
      ['read', ['x', 'us']],
    ]);
    expect((await world.trust.verify({ agentId: BOB, action: 'admin', level: 'full' })).valid).toBe(true);
  });

  it.each<[string, object, string]>([
    ['an agent without a chain', { agentId: ALICE }, 'CHAIN_NOT_FOUND'],
    ['a bad capability', { capabilities: ['a b'] }, 'INVALID_ARGUMENT'],
    ['a string for the capabilities', { capabilities: 'read' }, 'INVALID_ARGUMENT'],
    ['no capabilities', { capabilities: undefined }, 'INVALID_ARGUMENT'],
    [
      'an unknown capability type',
      { capabilities: [{ capability: 'a', capabilityType: 'x' }] },
      'INVALID_ARGUMENT',
    ],
    ['bad constraints', { constraints: 'eu' }, 'INVALID_ARGUMENT'],
    [
      'a scope that JSON cannot hold',
      { capabilities: [{ capability: 'a', scope: { n: Number.NaN } }] },
      'UNSUPPORTED_VALUE',
    ],
  ])('refuses %s, and changes nothing', async (_what, wrong, code) => {
    const before = await world.stored(BOB);
    expect(
      await failure(world.trust.reattest({ agentId: BOB, capabilities: ['a'], ...wrong } as never)),
    ).toMatchObject({ code });
    expect(await world.stored(BOB)).toEqual(before);
  });

  it('refuses a chain that is changed, expired or revoked', async () => {
    const again = () => failure(world.trust.reattest({ agentId: BOB, capabilities: ['a'] }));
    const { text } = await world.stored(BOB);
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.x = 1));
    expect(await again()).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial: { code: 'GENESIS_SIGNATURE_INVALID' } },
    });
    await world.overwrite(BOB, text);
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    expect(await again()).toMatchObject({ code: 'CHAIN_INVALID' });
    await world.trust.reinstate({ agentId: BOB, reason: 'came back' });
    await world.establish(BOB, ['read'], [], minutes(1));
    world.later(2);
    expect(await again()).toMatchObject({ code: 'CHAIN_INVALID' });
  });

  it('tells one of two at once that the other was first', async () => {
    const results = await Promise.allSettled([
      world.trust.reattest({ agentId: BOB, capabilities: ['a'] }),
      world.elsewhere().reattest({ agentId: BOB, capabilities: ['b'] }),
    ]);
    expect(results.flatMap((r) => (r.status === 'rejected' ? [r.reason.code] : []))).toEqual([
      'STORE_CONFLICT',
    ]);
  });
});
