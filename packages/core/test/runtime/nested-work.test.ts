import { currentInvocation, type InvocationContext, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { gate, rejection, said, World } from './world.js';

/** alice leads, delegates `read_mail` to bob and invokes him; bob's own code is what each test gives. */
async function under(
  world: World,
  bobsWork: (bob: TrustedAgent, context: InvocationContext) => unknown,
  more: {
    readonly agents?: readonly TrustedAgent[];
    readonly capabilities?: readonly string[];
    readonly tools?: Record<string, (args: never) => unknown>;
    readonly delegated?: readonly string[];
  } = {},
) {
  const alice = await world.agent('alice', undefined, { capabilities: ['read_mail', 'send_mail'] });
  const bob: TrustedAgent = await world.agent(
    'bob',
    (_input: unknown, context: InvocationContext) => bobsWork(bob, context),
    {
      capabilities: more.capabilities ?? [],
      tools: more.tools ?? {},
    },
  );
  return world.execute([alice, bob, ...(more.agents ?? [])], async ({ agents: [a, b], delegate, invoke }) => {
    await delegate(a!, b!, { capabilities: more.delegated ?? ['read_mail'] });
    return invoke(b!, 'go');
  });
}

describe('an agent that hands work on inside a run', () => {
  it('is guarded and recorded like the pattern itself', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', (input: unknown, context: InvocationContext) => ({
      input,
      under: context.delegation?.delegatorId,
      now: currentInvocation()?.agentId,
    }));
    const { result, auditTrail, delegations, runId } = await under(world, async (bob) => {
      const given = await bob.delegateTo(carol, {
        capabilities: ['read_mail'],
        additionalConstraints: ['read_only'],
      });
      expect(given).toMatchObject({
        delegatorId: bob.id,
        constraintSubset: ['read_only'],
        delegationDepth: 2,
      });
      const answer = await carol.run('letters');
      expect(currentInvocation()?.agentId).toBe(bob.id);
      return answer;
    });
    expect(result).toEqual({ input: 'letters', under: 'agent-bob', now: 'agent-carol' });
    expect(said(auditTrail)).toEqual([
      'carol read_mail success success',
      'bob read_mail success success',
      'alice orchestration_complete success success',
    ]);
    expect(auditTrail.map(({ context }) => context?.invocation_id)).toEqual([
      `${runId}/2`,
      `${runId}/1`,
      undefined,
    ]);
    expect(
      delegations.map(({ delegateeId, parentDelegationId }) => [delegateeId, parentDelegationId ?? null]),
    ).toEqual([
      ['agent-bob', null],
      ['agent-carol', delegations[0]?.id],
    ]);
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
  });

  it('cannot hand on more than it was given, whatever it owns', async () => {
    const world = await World.make();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, (bob) => bob.delegateTo(carol, { capabilities: ['send_mail'] }), {
        capabilities: ['send_mail'],
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'CAPABILITY_NOT_HELD' } });
    expect(error.run?.delegations).toHaveLength(1);
    await world.remains(error);
  });

  it('cannot hand on what it owns for good, past the delegation that it acts under', async () => {
    const world = await World.make();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, (bob) => bob.delegateTo(carol, { capabilities: ['send_mail'], lasting: true }), {
        capabilities: ['send_mail'],
      }),
    );
    expect(error.code).toBe('AGENT_FAILED');
    expect((await world.trust.getChain(carol.id))?.delegations).toEqual([]);
  });

  it('cannot invoke an agent to which it delegated nothing', async () => {
    const world = await World.make();
    const work = vi.fn();
    const carol = await world.agent('carol', work);
    const error = await rejection(under(world, () => carol.run('x')));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_REQUIRED' } });
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it.each<[string, (bob: TrustedAgent, carol: TrustedAgent) => Promise<unknown>]>([
    ['use its tools', (_bob, carol) => carol.callTool('send_mail', {})],
    ['let it delegate', (bob, carol) => carol.delegateTo(bob, { capabilities: ['send_mail'] })],
  ])("cannot, by another agent's own right, %s", async (_what, attempt) => {
    const world = await World.make();
    const send = vi.fn();
    const carol = await world.agent('carol', undefined, {
      capabilities: ['send_mail'],
      tools: { send_mail: send },
    });
    const error = await rejection(under(world, (bob) => attempt(bob, carol)));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_REQUIRED' } });
    expect(send).not.toHaveBeenCalled();
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
    expect(await world.store.findDelegations({ delegatorId: carol.id })).toEqual([]);
  });

  it('cannot put its own code in the place of an agent of the run', async () => {
    const world = await World.make();
    const forged = vi.fn();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(
        world,
        async (bob) => {
          const impostor = new TrustedAgent({ name: 'carol', agent: forged, trust: new TrustOperations() });
          await bob.delegateTo(impostor, { capabilities: ['read_mail'] });
          await impostor.run('x');
        },
        { agents: [carol] },
      ),
    );
    expect(error.code).toBe('AGENT_FAILED');
    expect(forged).not.toHaveBeenCalled();
  });

  it('may hand on to an agent to whom another hands on at the same time', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', (input: unknown, { delegation }: InvocationContext) => [
      input,
      delegation?.delegatorId,
    ]);
    const both = gate();
    let delegated = 0;
    const handsOn = (name: string): Promise<TrustedAgent> => {
      const agent: Promise<TrustedAgent> = world.agent(name, async () => {
        const self = await agent;
        await self.delegateTo(carol, { capabilities: ['execute'] });
        delegated += 1;
        if (delegated === 2) both.open();
        await both.opened;
        return carol.run(name);
      });
      return agent;
    };
    const agents = [await world.agent('alice'), await handsOn('bob'), await handsOn('dave'), carol];
    const { result } = await world.execute(agents, async ({ agents: [a, b, d], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      await delegate(a!, d!, { capabilities: ['execute'] });
      return Promise.all([invoke(b!, 1), invoke(d!, 1)]);
    });
    expect(result).toEqual([
      ['bob', 'agent-bob'],
      ['dave', 'agent-dave'],
    ]);
  });

  it('fails, and the error reaches the one that called', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', () => Promise.reject(new Error('no')));
    const { result, auditTrail } = await under(world, async (bob) => {
      await bob.delegateTo(carol, { capabilities: ['read_mail'] });
      return (await rejection(carol.run('x'))).code;
    });
    expect(result).toBe('AGENT_FAILED');
    expect(said(auditTrail).slice(0, 2)).toEqual([
      'carol read_mail failure failure',
      'bob read_mail success success',
    ]);
  });
});

describe('an agent that uses a tool inside a run', () => {
  it('is guarded and recorded, with the tool as the resource', async () => {
    const world = await World.make();
    const read = vi.fn((args: { folder: string }) => `letters of ${args.folder}`);
    const { result, auditTrail } = await under(
      world,
      (bob) => bob.callTool('read_mail', { folder: 'inbox' }),
      {
        tools: { read_mail: read },
      },
    );
    expect(result).toBe('letters of inbox');
    expect(auditTrail[0]).toMatchObject({
      agentId: 'agent-bob',
      action: 'read_mail',
      resource: 'tool:read_mail',
      result: 'success',
    });
    expect(JSON.stringify(auditTrail[0]?.context)).toContain('"folder":"inbox"');
  });

  it('may not use a capability of its own under a delegation that names others', async () => {
    const world = await World.make();
    const send = vi.fn();
    const error = await rejection(
      under(world, (bob) => bob.callTool('send_mail', {}), {
        capabilities: ['send_mail'],
        tools: { send_mail: send },
      }),
    );
    expect(error).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } },
    });
    expect(send).not.toHaveBeenCalled();
    expect(said(await world.remains(error)).slice(0, 2)).toEqual([
      'bob send_mail denied denied',
      'bob read_mail failure failure',
    ]);
  });

  it('may use it under "do your own job"', async () => {
    const world = await World.make();
    const { result } = await under(world, (bob) => bob.callTool('send_mail', {}), {
      capabilities: ['send_mail'],
      tools: { send_mail: () => 'sent' },
      delegated: ['execute'],
    });
    expect(result).toBe('sent');
  });

  it('does not have a tool of that name', async () => {
    const world = await World.make();
    for (const tool of ['sned_mail', 'toString', '__proto__']) {
      const fresh = await World.make();
      const error = await rejection(
        under(fresh, (bob) => bob.callTool(tool, {}), { tools: { send_mail: () => 1 } }),
      );
      expect(error.cause).toMatchObject({
        code: 'UNKNOWN_TOOL',
        expected: 'one of send_mail',
        received: `'${tool}'`,
      });
    }
    const alice = await world.agent('alice');
    expect(await rejection(Promise.resolve().then(() => alice.callTool('x')))).toMatchObject({
      code: 'UNKNOWN_TOOL',
    });
  });

  it('fails in the tool, and that is on the record', async () => {
    const world = await World.make();
    const error = await rejection(
      under(world, (bob) => bob.callTool('read_mail', {}), {
        tools: {
          read_mail: () => {
            throw new Error('no connection');
          },
        },
      }),
    );
    expect(said(await world.remains(error)).slice(0, 2)).toEqual([
      'bob read_mail failure failure',
      'bob read_mail failure failure',
    ]);
  });
});
