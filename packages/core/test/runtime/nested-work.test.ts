import { type InvocationContext, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { gate, rejection, said, World } from './world.js';

/** alice leads, delegates `read_mail` to bob and invokes him; bob's own code is what each test gives. */
async function under(
  world: World,
  bobsWork: (context: InvocationContext, bob: TrustedAgent) => unknown,
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
    (_input: unknown, context: InvocationContext) => bobsWork(context, bob),
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

describe('an agent that passes work on inside a run', () => {
  it('is guarded and recorded like the pattern itself', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', (input: unknown, context: InvocationContext) => ({
      input,
      under: context.delegation?.delegatorId,
      now: context.agentId,
      depth: context.depth,
    }));
    const { result, auditTrail, delegations, runId } = await under(world, async (context) => {
      const given = await context.delegate(carol, {
        capabilities: ['read_mail'],
        additionalConstraints: ['read_only'],
      });
      expect(given).toMatchObject({
        delegatorId: 'agent-bob',
        constraintSubset: ['read_only'],
        delegationDepth: 2,
      });
      expect(context).toMatchObject({ agentId: 'agent-bob', depth: 0 });
      return context.invoke(carol, 'letters');
    });
    expect(result).toEqual({ input: 'letters', under: 'agent-bob', now: 'agent-carol', depth: 1 });
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

  it('cannot pass on more than it was given, whatever it owns', async () => {
    const world = await World.make();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, (context) => context.delegate(carol, { capabilities: ['send_mail'] }), {
        capabilities: ['send_mail'],
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'CAPABILITY_NOT_HELD' } });
    expect(error.run?.delegations).toHaveLength(1);
    await world.remains(error);
  });

  it.each<[string, string, (context: InvocationContext, bob: TrustedAgent, carol: TrustedAgent) => unknown]>([
    [
      'through its own object',
      'STANDALONE_REQUIRED',
      (_context, bob, carol) => bob.delegateTo(carol, { capabilities: ['send_mail'], lasting: true }),
    ],
    [
      'through its own object, as standalone',
      'STANDALONE_REQUIRED',
      (_context, bob, carol) =>
        bob.delegateTo(carol, { capabilities: ['send_mail'], lasting: true, standalone: true }),
    ],
    [
      'through its context',
      'INVALID_ARGUMENT',
      (context, _bob, carol) =>
        context.delegate(carol, { capabilities: ['send_mail'], lasting: true } as never),
    ],
  ])('cannot pass on permanently what it owns, past its delegation, %s', async (_how, code, attempt) => {
    const world = await World.make();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, (context, bob) => attempt(context, bob, carol), { capabilities: ['send_mail'] }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code } });
    expect((await world.trust.getChain(carol.id))?.delegations).toEqual([]);
  });

  it('cannot invoke an agent to which it delegated nothing', async () => {
    const world = await World.make();
    const work = vi.fn();
    const carol = await world.agent('carol', work);
    const error = await rejection(under(world, (context) => context.invoke(carol, 'x')));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_REQUIRED' } });
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('cannot invoke an agent under what it delegated to it in an earlier invocation', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const carol = await world.agent('carol', work);
    const bob = await world.agent('bob', async (input: unknown, context: InvocationContext) => {
      if (input === 'first') await context.delegate(carol, { capabilities: ['read_mail'] });
      else await context.invoke(carol, 'x');
    });
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        await invoke(b!, 'first');
        await invoke(b!, 'second');
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_REQUIRED' } });
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it.each<[string, (bob: TrustedAgent, carol: TrustedAgent) => Promise<unknown>]>([
    ['use its tools', (_bob, carol) => carol.callTool('send_mail', {})],
    ['use its tools as standalone', (_bob, carol) => carol.callTool('send_mail', {}, { standalone: true })],
    ['let it delegate', (bob, carol) => carol.delegateTo(bob, { capabilities: ['send_mail'] })],
    ['let it run', (_bob, carol) => carol.run('x', { action: 'send_mail', standalone: true })],
  ])("cannot, by another agent's own right, %s", async (_what, attempt) => {
    const world = await World.make();
    const send = vi.fn();
    const carol = await world.agent('carol', send, {
      capabilities: ['send_mail'],
      tools: { send_mail: send },
    });
    const error = await rejection(under(world, (_context, bob) => attempt(bob, carol)));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'STANDALONE_REQUIRED' } });
    expect(send).not.toHaveBeenCalled();
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
    expect(await world.store.findDelegations({ delegatorId: carol.id })).toEqual([]);
  });

  it.each<[string, (world: World) => TrustOperations]>([
    ['of another deployment', () => new TrustOperations()],
    ['of the same deployment', ({ trust }) => trust],
  ])('cannot put its own code in the place of an agent of the run: an object %s', async (_what, trustOf) => {
    const world = await World.make();
    const forged = vi.fn();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(
        world,
        async (context) => {
          const impostor = new TrustedAgent({ name: 'carol', agent: forged, trust: trustOf(world) });
          const refused = await rejection(context.delegate(impostor, { capabilities: ['read_mail'] }));
          expect(refused.code).toBe('PATTERN_CONTRACT_BROKEN');
          await context.delegate(carol, { capabilities: ['read_mail'] });
          await context.invoke(impostor, 'x');
        },
        { agents: [carol] },
      ),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'PATTERN_CONTRACT_BROKEN' } });
    expect(forged).not.toHaveBeenCalled();
  });

  it('cannot put its own code in the place of an agent that it delegated to, which is not in the run', async () => {
    const world = await World.make();
    const forged = vi.fn();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, async (context) => {
        const impostor = new TrustedAgent({ name: 'carol', agent: forged, trust: world.trust });
        await context.delegate(carol, { capabilities: ['read_mail'] });
        await context.invoke(impostor, 'x');
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_REQUIRED' } });
    expect(forged).not.toHaveBeenCalled();
  });

  it('cannot do so by naming the delegation either', async () => {
    const world = await World.make();
    const forged = vi.fn();
    const carol = await world.agent('carol');
    const error = await rejection(
      under(world, async (context) => {
        const impostor = new TrustedAgent({ name: 'carol', agent: forged, trust: world.trust });
        const delegation = await context.delegate(carol, { capabilities: ['read_mail'] });
        await context.invoke(impostor, 'x', { delegation });
      }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'DELEGATION_NOT_FOUND' } });
    expect(forged).not.toHaveBeenCalled();
  });

  it('can delegate to an agent to which another one delegates at the same time', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', (input: unknown, { delegation }: InvocationContext) => [
      input,
      delegation?.delegatorId,
    ]);
    const both = gate();
    let delegated = 0;
    const passesOn = (name: string): Promise<TrustedAgent> =>
      world.agent(name, async (_input: unknown, context: InvocationContext) => {
        await context.delegate(carol, { capabilities: ['execute'] });
        delegated += 1;
        if (delegated === 2) both.open();
        await both.opened;
        return context.invoke(carol, name);
      });
    const agents = [await world.agent('alice'), await passesOn('bob'), await passesOn('dave'), carol];
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

  it('gets the error of the agent that it invokes', async () => {
    const world = await World.make();
    const carol = await world.agent('carol', () => Promise.reject(new Error('no')));
    const { result, auditTrail } = await under(world, async (context) => {
      await context.delegate(carol, { capabilities: ['read_mail'] });
      return (await rejection(context.invoke(carol, 'x'))).code;
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
      (context) => context.callTool('read_mail', { folder: 'inbox' }),
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

  it('cannot use a capability of its own under a delegation that names others', async () => {
    const world = await World.make();
    const send = vi.fn();
    const error = await rejection(
      under(world, (context) => context.callTool('send_mail', {}), {
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

  it('can use it under "do your own job"', async () => {
    const world = await World.make();
    const { result } = await under(world, (context) => context.callTool('send_mail', {}), {
      capabilities: ['send_mail'],
      tools: { send_mail: () => 'sent' },
      delegated: ['execute'],
    });
    expect(result).toBe('sent');
  });

  it('is refused a tool that it does not have', async () => {
    const world = await World.make();
    for (const tool of ['sned_mail', 'toString', '__proto__']) {
      const fresh = await World.make();
      const error = await rejection(
        under(fresh, (context) => context.callTool(tool, {}), { tools: { send_mail: () => 1 } }),
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

  it('gets the error of the tool, and that is recorded', async () => {
    const world = await World.make();
    const error = await rejection(
      under(world, (context) => context.callTool('read_mail', {}), {
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
