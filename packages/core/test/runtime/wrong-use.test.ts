import { OrchestrationRuntime, TrustAwareOrchestrationRuntime, TrustedAgent } from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectToExplain, thrownBy } from './explained.js';
import { probe, rejection, World } from './world.js';

describe('patterns', () => {
  it('are a list', () => {
    const agents = { alice: () => 1 };
    const error = thrownBy(() => new OrchestrationRuntime({ agents, patterns: probe(() => 1) as never }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('`patterns` must be a list: expected an array');
  });

  it.each([
    ['sequentail', "Did you mean 'sequential'?"],
    ['paralel', "Did you mean 'parallel'?"],
    ['Sequential', "Did you mean 'sequential'?"],
    ['xyz', '@kaizen-eatp/patterns'],
    ['', '@kaizen-eatp/patterns'],
  ])("unknown pattern '%s'", async (name, remedy) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const patterns = [probe(() => 1, 'sequential'), probe(() => 1, 'parallel')];
    const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust: world.trust, patterns });
    const error = await rejection(runtime.execute(1, { pattern: name as never }));
    expectToExplain(error, 'UNKNOWN_PATTERN', `'${name}'`, 'one of sequential, parallel', remedy);
    expect(runtime.patternNames).toEqual(['sequential', 'parallel']);
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
    expectToExplain(error, 'INVALID_PATTERN_OPTIONS', "'probe'", issue);
  });

  it('options for a pattern that takes none', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(world.execute([alice], () => 1, { options: { chunk: 1 } }));
    expectToExplain(error, 'INVALID_PATTERN_OPTIONS', 'chunk');
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
    expectToExplain(
      error,
      'MISSING_ROLE_METHOD',
      "'alice'",
      'the method decomposeTask',
      'an agent with run, review',
    );
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
      'at least one agent by name',
      'agents: { analyst, summarizer }',
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
    expectToExplain(error, 'INVALID_ARGUMENT', 'a TrustOperations');
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
      "no option 'verificationlevel' of a trust-aware runtime",
      'verificationLevel',
    );
    expectToExplain(
      thrownBy(made({ limits: { timeOut: 5 } })),
      'INVALID_ARGUMENT',
      "'timeOut' of the limits",
    );
    for (const options of [{ pattern: 'probe', timeOut: 5 }, null]) {
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
    expectToExplain(error, 'MALFORMED_RECORD', 'human origin', 'display_name');
  });
});
