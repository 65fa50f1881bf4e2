import { TrustAwareAgentRegistry } from '@kaizen-eatp/registry';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { HOSTILITIES, hostile, Reads } from '../../core/test/doors/hostile.js';
import { having, misspellings, PROTOTYPE_NAMES } from '../../core/test/doors/misspellings.js';
import { findOptions, heartbeatOptions, registerOptions, registryOptions } from '../src/options.js';
import { World } from './world.js';

interface Door {
  readonly name: string;
  readonly schema: z.ZodObject;
  readonly given: object;
  call(world: World, given: never): unknown;
}

const REGISTRATION = { authorityId: 'org-acme', capabilities: ['read'], constraints: ['slow'] };

const doors: readonly Door[] = [
  {
    name: 'TrustAwareAgentRegistry',
    schema: registryOptions,
    given: { staleAfter: 5, selection: 'first', verificationLevel: 'full' },
    call: ({ trust }, given) => new TrustAwareAgentRegistry(trust, given),
  },
  {
    name: 'register()',
    schema: registerOptions,
    given: REGISTRATION,
    call: (world, given) => world.registry.register(world.agent('alice'), given),
  },
  {
    name: 'findCapableAgent()',
    schema: findOptions,
    given: { requireTrust: true, selection: 'first' },
    call: ({ registry }, given) => registry.findCapableAgent('read', given),
  },
  {
    name: 'findCapableAgents()',
    schema: findOptions,
    given: { requireTrust: true, selection: 'first' },
    call: ({ registry }, given) => registry.findCapableAgents('read', given),
  },
  {
    name: 'heartbeat()',
    schema: heartbeatOptions,
    given: { load: 1, healthy: true },
    call: ({ registry }, given) => registry.heartbeat('agent-bob', given),
  },
];

describe.each(doors)('$name', ({ schema, given, call }) => {
  const known = Object.keys(schema.shape);
  const attempt = async (world: World, options: object) => call(world, options as never);

  it('refuses options with misspelt names, and names that objects inherit', async () => {
    const world = await World.make();
    await world.register('bob', 'read');
    for (const slip of [...known.flatMap((name) => misspellings(name, known)), ...PROTOTYPE_NAMES])
      await expect(attempt(world, having(given, slip, 1)), slip).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`'${slip}'`),
        expected: known.join(', '),
      });
    expect(world.registry.size).toBe(1);
  });

  it.each(HOSTILITIES)('reads each property of hostile options once: %s', async (hostility) => {
    const world = await World.make();
    await world.register('bob', 'read');
    const reads = new Reads();
    await attempt(world, hostile(given, hostility, reads) as object);
    expect(reads.most).toBeLessThanOrEqual(1);
  });
});

it.each(HOSTILITIES)('register() attests exactly the elements of hostile lists: %s', async (hostility) => {
  const world = await World.make();
  await world.registry.register(
    world.agent('alice'),
    hostile(REGISTRATION, hostility, new Reads()) as object,
  );
  const chain = await world.trust.getChain('agent-alice');
  expect(chain?.capabilities.map(({ capability }) => capability)).toEqual([
    'read',
    'orchestration_participation',
    'execute',
  ]);
  expect(chain?.capabilities[0]?.constraints).toEqual(['slow']);
});
