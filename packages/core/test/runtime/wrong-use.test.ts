import {
  OrchestrationRuntime,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { expectToExplain, thrownBy } from './explained.js';
import { probe, rejection, World } from './world.js';

describe('patterns', () => {
  it('are a list', () => {
    const agents = { alice: () => 1 };
    const error = thrownBy(() => new OrchestrationRuntime({ agents, patterns: probe(() => 1) as never }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('`patterns` of a runtime is invalid: expected an array');
  });

  it.each([
    ['sequentail', "Did you mean 'sequential'?"],
    ['paralel', "Did you mean 'parallel'?"],
    ['Sequential', "Did you mean 'sequential'?"],
    ['xyz', '@kaizen-eatp/patterns'],
  ])("unknown pattern '%s'", async (name, remedy) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const patterns = [probe(() => 1, 'sequential'), probe(() => 1, 'parallel')];
    const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust: world.trust, patterns });
    const error = await rejection(runtime.execute(1, { pattern: name as never }));
    expectToExplain(error, 'UNKNOWN_PATTERN', `'${name}'`, 'one of sequential, parallel', remedy);
    expect(runtime.patternNames).toEqual(['sequential', 'parallel']);
  });

  it('an empty name is not a pattern', async () => {
    const world = await World.make();
    const runtime = world.runtime([await world.agent('alice')], () => 1);
    const error = await rejection(runtime.execute(1, { pattern: '' as never }));
    expectToExplain(error, 'INVALID_ARGUMENT', '`pattern`', 'a string of at least 1 characters');
  });

  it('no pattern at all: sequential is the default, and is not there', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice },
      trust: world.trust,
      patterns: [],
    });
    expectToExplain(
      await rejection(runtime.execute(1)),
      'UNKNOWN_PATTERN',
      "'sequential'",
      'none is registered',
    );
  });

  it.each([
    [{ chunk: 0 }, 'chunk: '],
    [{ chunk: '3' }, 'chunk: '],
    [{}, 'chunk: '],
    [{ chunk: 1, cunk: 2 }, 'cunk'],
    ['chunk', 'options: '],
  ])('options that do not fit: %j', async (options, issue) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const pattern = definePattern({
      name: 'probe',
      options: z.strictObject({ chunk: z.number().int().positive() }),
      execute: async () => 'ran',
    });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice },
      trust: world.trust,
      patterns: [pattern],
    });
    const error = await rejection(runtime.execute(1, { pattern: 'probe', options: options as never }));
    expectToExplain(error, 'INVALID_PATTERN_OPTIONS', "'probe'", issue, 'options among chunk');
  });

  it('options for a pattern that takes none', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(world.execute([alice], () => 1, { options: { chunk: 1 } }));
    expectToExplain(error, 'INVALID_PATTERN_OPTIONS', 'chunk', 'no options');
  });

  it('a list of agents inside an object', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const { trust } = world;
    const error = thrownBy(
      () => new TrustAwareOrchestrationRuntime({ agents: { agents: [alice] } as never, trust, patterns: [] }),
    );
    expectToExplain(error, 'INVALID_ARGUMENT', 'the list itself', 'createRuntime([a, b])');
  });

  it('an agent with a constraint that nothing enforces, where that is denied', async () => {
    const world = await World.make({ unknownConstraints: 'deny' });
    const lenient = new TrustOperations({
      store: world.store,
      keyManager: world.keyManager,
      clock: world.clock,
    });
    await lenient.establish({
      agentId: 'agent-alice',
      authorityId: world.authority.id,
      capabilities: ['read'],
      constraints: ['sandboxed'],
    });
    const agent = new TrustedAgent({ name: 'alice', agent: () => 1, trust: world.trust });
    const error = await rejection(world.execute([agent], () => 1));
    expectToExplain(error, 'AGENT_NOT_TRUSTED', 'sandboxed', 'Register an evaluator');
  });

  it('a schema that fails by itself', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const pattern = definePattern({
      name: 'probe',
      options: z.strictObject({}).refine(async () => true),
      execute: async () => 'ran',
    });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice },
      trust: world.trust,
      patterns: [pattern],
    });
    expect(await rejection(runtime.execute(1, { pattern: 'probe' }))).toMatchObject({
      code: expect.stringMatching(/^(INVALID_PATTERN_OPTIONS|PATTERN_FAILED|PLUGIN_INVALID)$/),
    });
  });

  it('a role that the agent cannot play', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', { run: () => 1, review: () => 2 } as never);
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { method: 'decomposeTask' })),
    );
    expectToExplain(error, 'MISSING_ROLE_METHOD', "'alice'", 'the method decomposeTask', 'an agent with run');
  });

  it('a method that the agent has and does not declare', async () => {
    const world = await World.make();
    const review = vi.fn();
    const alice = await world.agent('alice', { run: () => 1, review } as never);
    const invokeReview = (agent: TrustedAgent) =>
      world.execute([agent], ({ agents, invoke }) => invoke(agents[0]!, 1, { method: 'review' }));
    const error = await rejection(invokeReview(alice));
    expectToExplain(error, 'METHOD_NOT_DECLARED', "'review'", "'alice'");
    expect(review).not.toHaveBeenCalled();
    const bob = await world.agent('bob', { run: () => 1, review } as never, { methods: ['review'] });
    await invokeReview(bob);
    expect(review).toHaveBeenCalledTimes(1);
  });
});

describe('runtimes', () => {
  it.each([[{}], [undefined], [null], ['alice']])('without agents: %j', async (agents) => {
    const { trust } = await World.make();
    const error = thrownBy(
      () => new TrustAwareOrchestrationRuntime({ agents: agents as never, trust, patterns: [] }),
    );
    expectToExplain(
      error,
      'INVALID_ARGUMENT',
      '`agents`',
      'an object of agents by name',
      '{ analyst, summarizer }',
    );
    expect(thrownBy(() => new OrchestrationRuntime({ agents: agents as never, patterns: [] })).code).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it.each([[undefined], [{}], ['trust']])('without trust: %j', async (trust) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = thrownBy(
      () => new TrustAwareOrchestrationRuntime({ agents: { alice }, trust: trust as never, patterns: [] }),
    );
    expectToExplain(error, 'INVALID_ARGUMENT', 'trust', 'TrustOperations');
  });

  it('with an agent twice', async () => {
    const { trust, ...world } = await World.make();
    void world;
    const twice = () => new TrustedAgent({ name: 'alice', agent: () => 1, trust });
    for (const agents of [{ a: twice(), b: twice() }]) {
      const error = thrownBy(() => new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [] }));
      expectToExplain(error, 'INVALID_ARGUMENT', "'agent-alice'", 'twice');
    }
  });

  it.each([[{ run: () => 1 }], [() => 1], [null], ['alice'], [undefined]])(
    'with an agent that is not a TrustedAgent',
    async (agent) => {
      const { trust } = await World.make();
      const error = thrownBy(
        () =>
          new TrustAwareOrchestrationRuntime({ agents: { mallory: agent as never }, trust, patterns: [] }),
      );
      expectToExplain(error, 'AGENT_NOT_TRUSTED', "'mallory'", 'not a TrustedAgent');
    },
  );

  it('with an agent that was created with other trust operations, whose id is that of one of ours', async () => {
    const [world, other] = [await World.make(), await World.make()];
    await world.agent('alice');
    const impostor = await other.agent('alice', () => 'impostor');
    expectToExplain(
      thrownBy(() => world.runtime([impostor], () => 1)),
      'AGENT_NOT_TRUSTED',
      "'alice'",
      'other TrustOperations',
    );
  });

  it('with a misspelt option, of theirs, their limits or a run', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const made = (more: object) => () =>
      new TrustAwareOrchestrationRuntime({
        agents: { alice },
        trust: world.trust,
        patterns: [probe(() => 1)],
        ...more,
      });
    expectToExplain(
      thrownBy(made({ verificationlevel: 'full' })),
      'INVALID_ARGUMENT',
      "no option 'verificationlevel' of a runtime",
      'verificationLevel',
    );
    expectToExplain(
      thrownBy(made({ limits: { timeOut: 5 } })),
      'INVALID_ARGUMENT',
      "'timeOut' of a runtime's limits",
    );
    for (const limits of [null, 7])
      expectToExplain(thrownBy(made({ limits })), 'INVALID_ARGUMENT', '`limits`');
    for (const options of [{ pattern: 'probe', timeOut: 5 }, null, 7]) {
      const error = await rejection(made({})().execute(1, options as never));
      expect(error.code).toBe('INVALID_ARGUMENT');
    }
  });

  it('with a level of verification that there is not', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = thrownBy(() => world.runtime([alice], () => 1, { verificationLevel: 'ful' as never }));
    expectToExplain(error, 'INVALID_ARGUMENT', 'quick, standard, full');
  });
});

describe('execute()', () => {
  it.each([
    [{ taskId: '' }, '`taskId`'],
    [{ taskId: 7 }, '`taskId`'],
    [{ runId: 'x'.repeat(257) }, '`runId`'],
    [{ initiatorId: {} }, '`initiatorId`'],
    [{ timeout: 0 }, '`timeout`'],
    [{ timeout: '1s' }, '`timeout`'],
    [{ signal: {} }, '`signal`'],
    [{ onEvent: 'log' }, '`onEvent`'],
    [{ agents: [] }, '`agents`'],
    [{ agents: ['bob'] }, '`agents`'],
    [{ agents: ['alice', 'alice'] }, '`agents`'],
    [{ within: {} }, '`within`'],
  ])('refuses %o', async (options, named) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(world.execute([alice], () => 1, options as never));
    expectToExplain(error, 'INVALID_ARGUMENT', named);
  });

  it('refuses a human origin that is not one', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(
      world.execute([alice], () => 1, { humanOrigin: { humanId: 'alice' } as never }),
    );
    expectToExplain(error, 'INVALID_ARGUMENT', '`humanOrigin.displayName`', 'execute()');
  });
});
