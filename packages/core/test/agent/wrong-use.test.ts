import { TrustedAgent, TrustedSupervisorAgent } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { expectToExplain, thrownBy } from '../runtime/explained.js';
import { rejection, World } from '../runtime/world.js';

describe('agents', () => {
  it.each([[undefined], [''], [7]])('without a name: %j', async (name) => {
    const { trust } = await World.make();
    const error = thrownBy(() => new TrustedAgent({ name: name as never, agent: () => 1, trust }));
    expectToExplain(error, 'INVALID_ARGUMENT', '`name`', "for instance 'analyst'");
  });

  it.each([[undefined], [{}], ['run'], [{ run: 1 }]])('with nothing to run: %j', async (agent) => {
    const { trust } = await World.make();
    const error = thrownBy(() => new TrustedAgent({ name: 'alice', agent: agent as never, trust }));
    expectToExplain(error, 'INVALID_ARGUMENT', 'method `run`', '`agent`');
  });

  it.each([['a b'], [''], ['x'.repeat(257)], ['a\nb']])('with the id %j', async (id) => {
    const { trust } = await World.make();
    const error = thrownBy(() => new TrustedAgent({ name: 'alice', id, agent: () => 1, trust }));
    expectToExplain(error, 'INVALID_ARGUMENT', '`id` of new TrustedAgent()', 'without white space');
  });

  it.each([[undefined], [{}]])('without trust: %j', (trust) => {
    const error = thrownBy(() => new TrustedAgent({ name: 'alice', agent: () => 1, trust: trust as never }));
    expectToExplain(error, 'INVALID_ARGUMENT', 'trust');
  });

  it('with a tool that is nothing to call', async () => {
    const { trust } = await World.make();
    const error = thrownBy(
      () => new TrustedAgent({ name: 'alice', agent: () => 1, trust, tools: { send: 'x' as never } }),
    );
    expectToExplain(error, 'INVALID_ARGUMENT', "'send'");
  });

  it('that cannot supervise', async () => {
    const { trust } = await World.make();
    const error = thrownBy(
      () =>
        new TrustedSupervisorAgent({
          name: 'alice',
          agent: { run: () => 1, decomposeTask: () => [] } as never,
          trust,
        }),
    );
    expectToExplain(error, 'MISSING_ROLE_METHOD', "'alice'", 'aggregateResults', 'run, decomposeTask');
    const agent = { run: () => 1, decomposeTask: () => [], aggregateResults: () => 1 };
    expect(new TrustedSupervisorAgent({ name: 'bob', agent, trust }).methods).toEqual(Object.keys(agent));
  });
});

describe('trust', () => {
  it.each([['analyze data'], [''], ['a**'], [7], ['x'.repeat(257)]])(
    'a malformed capability: %j',
    async (capability) => {
      const world = await World.make();
      const error = await rejection(world.agent('alice', undefined, { capabilities: [capability as never] }));
      expectToExplain(error, 'INVALID_ARGUMENT', 'the name of a capability', "'analyze_data'");
    },
  );

  it('a bad key', async () => {
    const world = await World.make();
    const error = await rejection(world.keyManager.importKey('k', 'bm90IGEga2V5'));
    expectToExplain(error, 'BAD_KEY', '32');
    const wrong = { ...world.authority, id: 'org-other', publicKey: 'AAAA' };
    expectToExplain(await rejection(world.trust.registerAuthority(wrong)), 'BAD_KEY');
  });

  it('an authority that there is not', async () => {
    const world = await World.make();
    const alice = new TrustedAgent({ name: 'alice', agent: () => 1, trust: world.trust });
    const error = await rejection(alice.establishTrust({ authorityId: 'org-acne', capabilities: [] }));
    expectToExplain(error, 'AUTHORITY_NOT_FOUND', "'org-acne'", 'createEnterpriseAuthority');
  });

  it('an agent that is established already', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(
      alice.establishTrust({ authorityId: world.authority.id, capabilities: [] }),
    );
    expectToExplain(error, 'AGENT_ALREADY_ESTABLISHED', "'agent-alice'");
  });

  it.each([
    ['# README', 'MALFORMED_JSON'],
    ['', 'MALFORMED_JSON'],
    ['[]', 'MALFORMED_RECORD'],
    ['{}', 'MALFORMED_RECORD'],
    ['{"genesis":{"id":"x"}}', 'MALFORMED_RECORD'],
    ['null', 'MALFORMED_RECORD'],
  ] as const)('importChain of a file that is not a chain: %j', async (text, code) => {
    const world = await World.make();
    expectToExplain(await rejection(world.trust.importChain(text)), code);
  });

  it('importChain of a value that is not a string', async () => {
    const world = await World.make();
    for (const text of [undefined, 7, {}]) {
      const error = await rejection(Promise.resolve().then(() => world.trust.importChain(text as never)));
      expect(error.code).toMatch(/^(MALFORMED_JSON|INVALID_ARGUMENT)$/);
    }
  });
});
