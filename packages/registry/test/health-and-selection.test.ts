import type { TrustedAgent } from '@kaizen-eatp/core';
import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import type { Selection } from '@kaizen-eatp/registry';
import { describe, expect, it, vi } from 'vitest';
import { World } from './world.js';

describe('health', () => {
  it('hides an agent that went stale, until it is heard of again', async () => {
    const world = (await World.make({ staleAfter: 1_000 })).listen('health_changed');
    const alice = await world.register('alice', 'read');
    world.clock.pass(600);
    const bob = await world.register('bob', 'read');
    world.clock.pass(400);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
    world.clock.pass(1);
    expect(await world.registry.findCapableAgent('read')).toBe(bob);
    expect(world.registry.getHealth(alice)).toEqual({
      health: 'stale',
      lastSeen: world.clock.now() - 1_001,
      load: 0,
    });
    world.registry.heartbeat(alice);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
    expect(world.events).toEqual([
      { type: 'health_changed', agentId: alice.id, health: 'stale' },
      { type: 'health_changed', agentId: alice.id, health: 'healthy' },
    ]);
  });

  it('is kept by heartbeats, whatever the order in which they come', async () => {
    const world = await World.make({ staleAfter: 1_000 });
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read');
    world.clock.pass(900);
    world.registry.heartbeat(alice);
    world.clock.pass(900);
    expect(world.registry.getHealth(alice).health).toBe('healthy');
    expect(world.registry.getHealth(bob).health).toBe('stale');
  });

  it('hides an agent that says it is unwell', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    world.registry.heartbeat(alice, { healthy: false });
    expect(await world.registry.findCapableAgent('read', { requireTrust: false })).toBeUndefined();
    expect(world.registry.getHealth(alice).health).toBe('unhealthy');
    world.registry.heartbeat(alice);
    expect(await world.registry.findCapableAgent('read')).toBe(alice);
  });

  it('of a stale agent does not come back by a changed chain', async () => {
    const world = await World.make({ staleAfter: 1_000 });
    const alice = await world.register('alice', 'read');
    world.clock.pass(2_000);
    expect(await world.registry.findCapableAgent('read')).toBeUndefined();
    await world.trust.reattest({ agentId: alice.id, capabilities: ['write'] });
    expect(await world.registry.findCapableAgent('write')).toBeUndefined();
    world.registry.heartbeat(alice);
    expect(await world.registry.findCapableAgent('write')).toBe(alice);
  });

  it('never ends by itself without staleAfter', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    world.clock.pass(1e12);
    expect(world.registry.getHealth(alice).health).toBe('healthy');
  });
});

describe('findCapableAgents', () => {
  it('finds every capable agent that is trusted and healthy, and verifies each', async () => {
    const world = (await World.make()).listen('listed', 'not_found');
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read_*', 'rea*');
    await world.register('carol', 'write');
    const dave = await world.register('dave', 'read');
    const erin = await world.register('erin', 'read');
    world.registry.heartbeat(dave, { healthy: false });
    await world.trust.revoke({ agentId: erin.id, reason: 'left' });
    world.verified.length = 0;
    expect(await world.registry.findCapableAgents('read')).toEqual([alice, bob]);
    expect(world.verified).toEqual([alice.id, bob.id]);
    expect(await world.registry.findCapableAgents('send')).toEqual([]);
    expect(world.events).toEqual([
      { type: 'listed', agentIds: [alice.id, bob.id], capability: 'read', selection: 'first', lookedAt: 2 },
      { type: 'not_found', capability: 'send', selection: 'first', lookedAt: 0 },
    ]);
  });

  it('gives them in the order of the selection, and takes one turn of round_robin', async () => {
    const world = await World.make();
    for (const name of ['alice', 'bob', 'carol']) await world.register(name, 'read');
    const names = async (selection: Selection) =>
      (await world.registry.findCapableAgents('read', { selection })).map(({ name }) => name);
    world.registry.heartbeat('agent-alice', { load: 2 });
    world.registry.heartbeat('agent-bob', { load: 1 });
    expect(await names('least_loaded')).toEqual(['carol', 'bob', 'alice']);
    expect(await names('round_robin')).toEqual(['alice', 'bob', 'carol']);
    expect(await names('round_robin')).toEqual(['bob', 'carol', 'alice']);
    expect(await names('first')).toEqual(['alice', 'bob', 'carol']);
  });

  it('finds agents with an expired chain only where trust is not required', async () => {
    const world = await World.make();
    const alice = world.agent('alice');
    const expiresAt = new Date(world.clock.now() + 1_000);
    await alice.establishTrust({ authorityId: world.acme.id, capabilities: ['read'], expiresAt });
    await world.registry.register(alice);
    world.clock.pass(2_000);
    expect(await world.registry.findCapableAgents('read')).toEqual([]);
    expect(await world.registry.findCapableAgents('read', { requireTrust: false })).toEqual([alice]);
  });
});

describe('round_robin', () => {
  it('gives each agent in turn, including one that is registered later', async () => {
    const world = await World.make({ selection: 'round_robin' });
    for (const name of ['alice', 'bob']) await world.register(name, 'read');
    const next = async (): Promise<string | undefined> =>
      (await world.registry.findCapableAgent('read'))?.name;
    expect([await next(), await next(), await next()]).toEqual(['alice', 'bob', 'alice']);
    await world.register('mallory', 'rea*');
    expect([await next(), await next(), await next()]).toEqual(['bob', 'mallory', 'alice']);
    world.registry.deregister('agent-bob');
    expect([await next(), await next()]).toEqual(['mallory', 'alice']);
  });

  it('gives different agents to searches at the same time', async () => {
    const world = await World.make({ selection: 'round_robin' });
    for (const name of ['alice', 'bob', 'mallory']) await world.register(name, 'read');
    const found = await Promise.all([1, 2, 3].map(() => world.registry.findCapableAgent('read')));
    expect(new Set(found.map((agent) => agent?.name)).size).toBe(3);
  });

  it('passes over those who are denied, looking at each once', async () => {
    const world = await World.make({ selection: 'round_robin' });
    for (const name of ['alice', 'bob'])
      await world.register(name, { capability: 'write', constraints: ['read_only'] });
    for (const _ of [1, 2]) {
      world.verified.length = 0;
      expect(await world.registry.findCapableAgent('write')).toBeUndefined();
      expect(world.verified.sort()).toEqual(['agent-alice', 'agent-bob']);
    }
  });

  it('keeps the turns of each capability apart', async () => {
    const world = await World.make({ selection: 'round_robin' });
    for (const name of ['alice', 'bob']) await world.register(name, '*');
    const names: unknown[] = [];
    for (const action of ['read', 'write', 'read', 'write'])
      names.push((await world.registry.findCapableAgent(action))?.name);
    expect(names).toEqual(['alice', 'alice', 'bob', 'bob']);
  });
});

describe('least_loaded', () => {
  const find = (world: World): Promise<TrustedAgent | undefined> =>
    world.registry.findCapableAgent('read', { selection: 'least_loaded' });

  it('gives the one with the least work, the first of several', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read_*', 'read');
    expect(await find(world)).toBe(alice);
    const release = world.registry.acquire(alice);
    expect(await find(world)).toBe(bob);
    const also = world.registry.acquire(bob.id);
    expect(await find(world)).toBe(alice);
    release();
    release();
    expect(world.registry.getHealth(alice).load).toBe(0);
    expect(await find(world)).toBe(alice);
    also();
    expect(await find(world)).toBe(alice);
  });

  it('adds what is acquired to what is reported', async () => {
    const world = await World.make();
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read');
    world.registry.heartbeat(alice, { load: 0.5 });
    expect(await find(world)).toBe(bob);
    world.registry.acquire(bob);
    expect(await find(world)).toBe(alice);
    world.registry.heartbeat(alice);
    expect(world.registry.getHealth(alice).load).toBe(0.5);
    for (const load of [-1, Number.NaN, '1']) {
      expect(() => world.registry.heartbeat(alice, { load: load as number })).toThrow(InvalidArgumentError);
    }
  });

  it('holds for an agent that was stale meanwhile', async () => {
    const world = await World.make({ staleAfter: 1_000 });
    const alice = await world.register('alice', 'read');
    const bob = await world.register('bob', 'read');
    world.registry.acquire(alice);
    world.clock.pass(2_000);
    expect(await find(world)).toBeUndefined();
    for (const agent of [alice, bob]) world.registry.heartbeat(agent);
    expect(await find(world)).toBe(bob);
  });

  it('comes to an end when loads change while agents are verified', async () => {
    const world = await World.make();
    const agents: TrustedAgent[] = [];
    for (const name of ['alice', 'bob'])
      agents.push(await world.register(name, { capability: 'write', constraints: ['read_only'] }));
    const verify = vi.spyOn(world.trust, 'verify').mockImplementation(async () => {
      for (const agent of agents) world.registry.acquire(agent);
      return { valid: false } as never;
    });
    expect(await world.registry.findCapableAgent('write', { selection: 'least_loaded' })).toBeUndefined();
    expect(verify).toHaveBeenCalledTimes(2);
  });
});

describe('events', () => {
  it('tell of registration and of what was found, and after how many looks', async () => {
    const world = (await World.make()).listen('registered', 'selected', 'not_found');
    await world.register('alice', { capability: 'write', constraints: ['read_only'] });
    const bob = await world.register('bob', 'write');
    await world.registry.findCapableAgent('write');
    await world.registry.findCapableAgent('fly');
    expect(world.events.map((event) => event.type)).toEqual([
      'registered',
      'registered',
      'selected',
      'not_found',
    ]);
    expect(world.events.slice(1)).toEqual([
      { type: 'registered', agentId: bob.id, status: (await world.registry.getTrustStatus())[bob.id] },
      { type: 'selected', agentId: bob.id, capability: 'write', selection: 'first', lookedAt: 2 },
      { type: 'not_found', capability: 'fly', selection: 'first', lookedAt: 0 },
    ]);
  });

  it('reach the other listeners when one throws, and no listener that was removed', async () => {
    const warnings: string[] = [];
    const warn = vi
      .spyOn(process, 'emitWarning')
      .mockImplementation((warning) => void warnings.push(String(warning)));
    const world = await World.make();
    const heard: string[] = [];
    world.registry.on('registered', () => {
      throw new Error('broken');
    });
    world.registry.on('registered', ({ agentId }) => heard.push(agentId));
    world.registry.on('registered', () => heard.push('never'))();
    await world.register('alice', 'read');
    warn.mockRestore();
    expect(heard).toEqual(['agent-alice']);
    expect(warnings).toEqual([expect.stringContaining('broken')]);
  });

  it('do not end the process by a listener that rejects, or that throws a value without a string form', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const world = await World.make();
    world.registry.on('registered', async () => {
      throw new Error('broken later');
    });
    world.registry.on('registered', () => {
      throw Object.create(null);
    });
    await world.register('alice', 'read');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    const warnings = warn.mock.calls.map(([warning]) => String(warning));
    warn.mockRestore();
    expect(unhandled).not.toHaveBeenCalled();
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toContain('broken later');
  });
});
