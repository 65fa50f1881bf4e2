import { type InvocationContext, systemClock } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { never, rejection, said, World } from './world.js';

/** Long enough for a call to begin before, wherever the records go; and short enough to wait for. */
const SOON = 700;
const soon = () => new Date(Date.now() + SOON);

/** An agent that never ends by itself, and what it was stopped with. */
function hanging() {
  const stopped = vi.fn();
  const work = (_input: unknown, { signal }: InvocationContext): Promise<never> => {
    signal.addEventListener('abort', () => stopped((signal.reason as { code?: string }).code));
    return never();
  };
  return { work, stopped };
}

const make = () => World.make({ clock: systemClock });

describe('a right that ends during a call stops it', () => {
  it("where the agent's own chain expires", async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const alice = await world.agent('alice', work, { expiresAt: soon() });
    const error = await rejection(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1)));
    expect(error).toMatchObject({ code: 'REVOKED', received: expect.stringContaining('expired') });
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
    expect(said(await world.remains(error))[0]).toBe('alice execute denied revoked');
  });

  it("where the delegator's chain expires", async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const alice = await world.agent('alice', undefined, { expiresAt: soon() });
    const bob = await world.agent('bob', work);
    const error = await rejection(
      world.execute([bob, alice], async ({ agents: [b, a], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'] });
        return invoke(b!, 1);
      }),
    );
    expect(error.code).toBe('REVOKED');
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
  });

  it('where the delegation of a run expires', async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const agents = [await world.agent('alice'), await world.agent('bob', work)];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'], expiresIn: SOON });
        return invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({ code: 'REVOKED', received: expect.stringContaining('expired') });
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
    expect(said(await world.remains(error))[0]).toBe('bob execute denied revoked');
  });

  it('where a delegation above expires', async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const agents = [await world.agent('alice'), await world.agent('bob'), await world.agent('carol', work)];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'], expiresIn: SOON });
        await delegate(b!, c!, { capabilities: ['execute'] });
        return invoke(c!, 1);
      }),
    );
    expect(error.code).toBe('REVOKED');
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
  });

  it('where a delegation outside runs expires', async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob', work);
    const delegation = await alice.delegateTo(bob, { capabilities: ['execute'], expiresAt: soon() });
    expect((await rejection(bob.run(1, { delegation }))).code).toBe('REVOKED');
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
    expect(said(await world.trail('outside-runs'))).toEqual(['bob execute denied revoked']);
  });

  it.each(['the agent', 'its delegator'])('where the capability of %s expires', async (whose) => {
    const world = await make();
    const { work, stopped } = hanging();
    const root = await world.agent('root', undefined, { capabilities: ['pay'] });
    const alice = await world.agent('alice', work);
    const bob = await world.agent('bob', work);
    const terms = { capabilities: ['pay'], lasting: true, expiresAt: soon() };
    await alice.receiveDelegation(await root.delegateTo(alice, terms));
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
        if (whose === 'the agent') return invoke(a!, 1, { action: 'pay' });
        await delegate(a!, b!, { capabilities: ['pay'] });
        return invoke(b!, 1);
      }),
    );
    expect(error.code).toBe('REVOKED');
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
  });

  it('and with it a run that is nested in the call', async () => {
    const world = await make();
    const { work, stopped } = hanging();
    const carol = await world.agent('carol', work);
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    const agents = [
      await world.agent('alice'),
      await world.agent('bob', (_input: unknown, context: InvocationContext) =>
        inner.execute(1, { pattern: 'probe', within: context }),
      ),
    ];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'], expiresIn: SOON });
        return invoke(b!, 1);
      }),
    );
    expect(error.code).toBe('REVOKED');
    expect(stopped.mock.calls).toEqual([['REVOKED']]);
    expect(said(await world.remains(error))[0]).toBe('bob execute denied revoked');
  });

  it('and not a call whose right goes on', async () => {
    const world = await make();
    const wait = () => new Promise((resolve) => setTimeout(resolve, SOON * 1.5, 'done'));
    const agents = [await world.agent('alice'), await world.agent('bob', wait), await world.agent('carol')];
    const { result } = await world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
      await delegate(a!, c!, { capabilities: ['execute'], expiresIn: SOON });
      await delegate(a!, b!, { capabilities: ['execute'], expiresIn: SOON * 100 });
      return invoke(b!, 1);
    });
    expect(result).toBe('done');
  });
});
