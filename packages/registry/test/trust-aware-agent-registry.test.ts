import { type TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import {
  AgentAlreadyEstablishedError,
  AgentRegistryError,
  AuthorityError,
  InvalidArgumentError,
} from '@kaizen-eatp/core/errors';
import { TrustAwareAgentRegistry } from '@kaizen-eatp/registry';
import { describe, expect, it, vi } from 'vitest';
import { CARELESS, expectNothingUnhandled } from '../../../test/careless.js';
import { World } from './world.js';

describe('register', () => {
  it('establishes trust, and gives the id', async () => {
    const { registry, agent, acme, trust } = await bound();
    const alice = agent('alice');
    const capabilities = ['read_*', { capability: 'write', constraints: ['audit_required'] }];
    expect(
      await registry.register(alice, { authorityId: acme.id, capabilities, constraints: ['read_only'] }),
    ).toBe('agent-alice');
    expect(alice.capabilities).toEqual(['read_*', 'write']);
    expect((await trust.getChain('agent-alice'))?.genesis.authorityId).toBe(acme.id);
    expect(await registry.getTrustStatus()).toEqual({
      'agent-alice': {
        isTrusted: true,
        capabilities: ['read_*', 'write'],
        constraints: ['read_only', 'audit_required'],
        chainHash: alice.trustChain?.hash(),
      },
    });
    expect(registry.agents).toEqual([alice]);
    expect(registry.get('agent-alice')).toBe(alice);
    expect(registry.size).toBe(1);
  });

  it('takes an agent that is established already as it is', async () => {
    const { registry, agent, acme } = await bound();
    const alice = agent('alice');
    await alice.establishTrust({ authorityId: acme.id, capabilities: ['read'] });
    await registry.register(agent('alice'));
    expect((await registry.findCapableAgent('read'))?.id).toBe('agent-alice');
  });

  it('takes an agent without trust, and finds it once it is established', async () => {
    const { registry, agent, acme, trust } = await bound();
    const bob = agent('bob');
    await registry.register(bob);
    expect(await registry.getTrustStatus()).toEqual({
      'agent-bob': { isTrusted: false, capabilities: [], constraints: [], chainHash: null },
    });
    expect(await registry.findCapableAgent('read', { requireTrust: false })).toBeUndefined();
    await trust.establish({ agentId: bob.id, authorityId: acme.id, capabilities: ['read'] });
    expect(await registry.findCapableAgent('read')).toBe(bob);
  });

  it('takes no agent twice, not even at the same time', async () => {
    const { registry, agent, acme } = await bound();
    const options = { authorityId: acme.id, capabilities: ['read'] };
    const both = await Promise.allSettled([
      registry.register(agent('alice'), options),
      registry.register(agent('alice'), options),
    ]);
    expect(both[0].status).toBe('fulfilled');
    const { reason } = both[1] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(AgentRegistryError);
    expect(reason.code).toBe('AGENT_ALREADY_REGISTERED');
  });

  it('takes nothing in if trust cannot be established', async () => {
    const { registry, agent, acme } = await bound();
    const alice = agent('alice');
    await expect(registry.register(alice, { authorityId: 'nobody', capabilities: ['read'] })).rejects.toThrow(
      AuthorityError,
    );
    expect(registry.size).toBe(0);
    await alice.establishTrust({ authorityId: acme.id, capabilities: ['read'] });
    await expect(registry.register(alice, { authorityId: acme.id, capabilities: ['read'] })).rejects.toThrow(
      AgentAlreadyEstablishedError,
    );
    expect(await registry.findCapableAgent('read')).toBeUndefined();
  });

  it('refuses an agent of another deployment, which would act by other rights than the registry shows', async () => {
    const { registry, agent, acme } = await bound();
    await agent('alice').establishTrust({ authorityId: acme.id, capabilities: ['read'] });
    const elsewhere = await bound();
    await expect(registry.register(elsewhere.agent('alice'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('other TrustOperations'),
    });
    expect(registry.size).toBe(0);
  });

  it('refuses half of what establishes trust, and what is no agent', async () => {
    const { registry, agent, acme } = await bound();
    for (const half of [
      { authorityId: acme.id },
      { capabilities: ['read'] },
      { constraints: ['read_only'] },
    ]) {
      await expect(registry.register(agent('alice'), half)).rejects.toThrow(InvalidArgumentError);
    }
    await expect(registry.register({ id: 'mallory' } as never)).rejects.toThrow(InvalidArgumentError);
    expect(registry.size).toBe(0);
  });
});

describe('findCapableAgent', () => {
  it('gives the first that was registered', async () => {
    const world = await World.make();
    await world.register('alice', 'read');
    const bob = await world.register('bob', 'write');
    await world.register('mallory', 'write');
    expect(await world.registry.findCapableAgent('write')).toBe(bob);
    expect(await world.registry.findCapableAgent('fly')).toBeUndefined();
  });

  it('verifies, and goes on to the next if one is denied', async () => {
    const world = await World.make();
    await world.register('alice', { capability: 'write_data', constraints: ['read_only'] });
    const bob = await world.register('bob', 'write_*');
    world.verified.length = 0;
    expect(await world.registry.findCapableAgent('write_data')).toBe(bob);
    expect(world.verified).toEqual(['agent-alice', 'agent-bob']);
  });

  it('does not verify without requireTrust', async () => {
    const world = await World.make();
    const alice = await world.register('alice', { capability: 'write_data', constraints: ['read_only'] });
    world.verified.length = 0;
    expect(await world.registry.findCapableAgent('write_data', { requireTrust: false })).toBe(alice);
    expect(world.verified).toEqual([]);
  });

  it('finds an expired agent only for those who do without trust, and looks at it once', async () => {
    const world = await World.make();
    const alice = world.agent('alice');
    await alice.establishTrust({
      authorityId: world.acme.id,
      capabilities: ['read'],
      expiresAt: new Date(world.clock.now() + 1_000),
    });
    await world.registry.register(alice);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
    world.clock.pass(2_000);
    world.verified.length = 0;
    expect(await world.registry.findCapableAgent('read')).toBeUndefined();
    expect(await world.registry.findCapableAgent('read')).toBeUndefined();
    expect(world.verified).toEqual(['agent-alice']);
    expect(await world.registry.findCapableAgent('read', { requireTrust: false })).toBe(alice);
  });

  it('gives none that was deregistered while it was verified', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read');
    vi.spyOn(world.trust, 'verify').mockImplementationOnce(async () => {
      world.registry.deregister(alice);
      return { valid: true } as never;
    });
    expect(await world.registry.findCapableAgent('read')).toBe(bob);
  });

  it('refuses an unknown selection', async () => {
    const { registry } = await bound();
    await expect(registry.findCapableAgent('read', { selection: 'best' as never })).rejects.toThrow(
      /first, round_robin, least_loaded/,
    );
  });
});

describe('a chain that changes', () => {
  it('is indexed again when capabilities are attested', async () => {
    const world = (await World.make()).listen('trust_changed');
    const alice = await world.register('alice', 'read');
    expect(world.events).toEqual([]);
    await world.trust.reattest({ agentId: alice.id, capabilities: ['write'] });
    expect(await world.registry.findCapableAgent('write')).toBe(alice);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
    expect(world.events).toEqual([
      { type: 'trust_changed', agentId: alice.id, status: (await world.registry.getTrustStatus())[alice.id] },
    ]);
  });

  it('is not found any more when it is revoked, with or without trust', async () => {
    const world = (await World.make()).listen('trust_changed');
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read');
    await world.trust.revoke({ agentId: alice.id, reason: 'left' });
    world.verified.length = 0;
    expect(await world.registry.findCapableAgent('read')).toBe(bob);
    expect(world.verified).toEqual([bob.id]);
    expect(await world.registry.findCapableAgent('read', { requireTrust: false })).toBe(bob);
    expect((await world.registry.getTrustStatus())[alice.id]).toMatchObject({
      isTrusted: false,
      capabilities: [],
      chainHash: null,
    });
    expect(world.events.at(-1)).toMatchObject({ agentId: alice.id, status: { isTrusted: false } });
  });

  it('that changed unseen costs one look, and no trust', async () => {
    const world = await World.make();
    await world.register('alice', 'read');
    world.store.watch = () => () => undefined;
    const deaf = new TrustAwareAgentRegistry(world.trust);
    await deaf.register(world.agent('alice'));
    await world.trust.revoke({ agentId: 'agent-alice', reason: 'left' });
    world.verified.length = 0;
    expect(await deaf.findCapableAgent('read')).toBeUndefined();
    expect(await deaf.findCapableAgent('read')).toBeUndefined();
    expect(world.verified).toEqual(['agent-alice']);
  });

  it('that cannot be read hides the agent until it is heard of again', async () => {
    const world = (await World.make()).listen('trust_unknown');
    const alice = await world.register('alice', 'read');
    const failing = vi.spyOn(alice, 'refresh').mockRejectedValue(new Error('no disk'));
    await world.trust.reattest({ agentId: alice.id, capabilities: ['write'] });
    expect(await world.registry.findCapableAgent('read', { requireTrust: false })).toBeUndefined();
    expect(world.events).toEqual([{ type: 'trust_unknown', agentId: alice.id, error: new Error('no disk') }]);
    failing.mockRestore();
    world.registry.heartbeat(alice);
    expect(await world.registry.findCapableAgent('write')).toBe(alice);
  });

  it('that changes again while it is read is read again', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    await Promise.all([
      world.trust.reattest({ agentId: alice.id, capabilities: ['write'] }),
      Promise.resolve(),
    ]);
    await world.trust.reattest({ agentId: alice.id, capabilities: ['fly'] });
    expect(await world.registry.findCapableAgent('fly', { requireTrust: false })).toBe(alice);
  });

  it('is not followed after close', async () => {
    const world = (await World.make()).listen('trust_changed');
    const alice = await world.register('alice', 'read');
    world.registry.close();
    await world.trust.reattest({ agentId: alice.id, capabilities: ['write'] });
    expect(await world.registry.findCapableAgent('write')).toBeUndefined();
    expect(world.events).toEqual([]);
  });
});

describe('deregister', () => {
  it('hides the agent, and leaves its trust alone', async () => {
    const world = (await World.make()).listen('deregistered');
    const alice = await world.register('alice', 'read');
    world.registry.deregister('agent-alice');
    expect(await world.registry.findCapableAgent('read', { requireTrust: false })).toBeUndefined();
    expect(await world.registry.getTrustStatus()).toEqual({});
    expect((await alice.verify('read')).valid).toBe(true);
    expect(world.events).toEqual([{ type: 'deregistered', agentId: 'agent-alice' }]);
    await world.registry.register(alice);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
  });

  it('and all else that names an agent refuses strangers', async () => {
    const { registry } = await bound();
    for (const act of [
      () => registry.deregister('agent-mallory'),
      () => registry.heartbeat('agent-mallory'),
      () => registry.getHealth('agent-mallory'),
      () => registry.acquire('agent-mallory'),
    ]) {
      expect(act).toThrow(expect.objectContaining({ code: 'AGENT_NOT_REGISTERED' }));
    }
  });
});

it('is made with trust, and numbers that are numbers', () => {
  const trust = new TrustOperations();
  for (const stranger of [undefined, {}, { trust }])
    expect(() => new TrustAwareAgentRegistry(stranger as never)).toThrow(InvalidArgumentError);
  expect(() => new TrustAwareAgentRegistry(trust, { staleAfter: -1 })).toThrow(InvalidArgumentError);
  expect(() => new TrustAwareAgentRegistry(trust, { selection: 'best' as never })).toThrow(
    InvalidArgumentError,
  );
});

describe('what is misspelt or mistyped', () => {
  it('is refused, and not taken for the default', async () => {
    const { registry, agent, trust } = await bound();
    const alice = agent('alice');
    await registry.register(alice);
    const acts: readonly (() => unknown)[] = [
      () => new TrustAwareAgentRegistry(trust, { staleafter: 5 } as never),
      () => new TrustAwareAgentRegistry(trust, { clock: 5 as never }),
      () => new TrustAwareAgentRegistry(trust, { verificationLevel: 'ful' as never }),
      () => registry.register(agent('bob'), { authority: 'acme' } as never),
      () => registry.register(agent('bob'), null as never),
      () => registry.findCapableAgent('read', { requiretrust: true } as never),
      () => registry.findCapableAgent('read', { requireTrust: 0 as never }),
      () => registry.findCapableAgent('read', null as never),
      () => registry.findCapableAgents('read', { requiretrust: true } as never),
      () => registry.findCapableAgents(5 as never),
      () => registry.findCapableAgent(''),
      () => registry.findCapableAgent(undefined as never),
      () => registry.heartbeat(alice, 3 as never),
      () => registry.heartbeat(alice, { healthy: 'no' as never }),
      () => registry.on('register' as never, () => undefined),
      () => registry.on('registered', undefined as never),
    ];
    for (const act of acts) {
      const error = await (async () => act())().catch((thrown: unknown) => thrown);
      expect(error, String(act)).toBeInstanceOf(InvalidArgumentError);
      expect((error as InvalidArgumentError).message).toMatch(/expected .+, got .+\. [A-Z].+\.$/);
    }
    expect(registry.size).toBe(1);
    expect(() => registry.deregister(undefined as never)).toThrow(
      expect.objectContaining({ code: 'AGENT_NOT_REGISTERED' }),
    );
  });
});

describe.each(CARELESS)('a clock that %s ends no process', (_what, careless) => {
  expectNothingUnhandled();

  it('and registers no agent', async () => {
    const world = await World.make({ clock: { now: careless as never } });
    const registering = world.registry.register(world.agent('alice'), {
      authorityId: world.acme.id,
      capabilities: ['read'],
    });
    await expect(registering).rejects.toThrow('The clock does not say the time');
    expect(world.registry.size).toBe(0);
  });
});

describe.each(CARELESS)('a listener that %s ends no process', (_what, careless) => {
  expectNothingUnhandled();

  it('and keeps no other from the event', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { registry, agent, acme } = await bound();
    const heard: string[] = [];
    registry.on('registered', careless as never);
    registry.on('registered', ({ agentId }) => heard.push(agentId));
    await registry.register(agent('alice'), { authorityId: acme.id, capabilities: ['read'] });
    expect(heard).toEqual(['agent-alice']);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledOnce());
    warned.mockRestore();
  });
});

async function bound() {
  const world = await World.make();
  const agent = (name: string): TrustedAgent => world.agent(name);
  return { registry: world.registry, agent, acme: world.acme, trust: world.trust };
}
