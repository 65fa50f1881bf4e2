import type { InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { type Gate, gate, never, rejection, said, World } from './world.js';

describe('code of an agent whose invocation is over', () => {
  /** bob starts something that goes on after his invocation has ended in the given way. */
  async function leftOver(
    how: 'returned' | 'timed out',
    use: (context: InvocationContext, carol: TrustedAgent) => Promise<unknown>,
    code = how === 'returned' ? 'INVOCATION_ENDED' : 'EXECUTION_TIMEOUT',
  ) {
    const world = await World.make();
    const effects = vi.fn();
    const over: Gate = gate();
    const later = Promise.withResolvers<unknown>();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const carol = await world.agent('carol', effects);
    const bob = await world.agent(
      'bob',
      (_input: unknown, context: InvocationContext) => {
        void over.opened.then(() => use(context, carol)).then(later.resolve, later.reject);
        return how === 'returned' ? 'done' : never();
      },
      { tools: { read_mail: effects } },
    );
    await world.execute([alice, bob, carol], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['read_mail'] });
      await invoke(b!, 1, { timeout: 1_000 }).catch(() => undefined);
      over.open();
      const outcome = await later.promise.catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code });
    });
    expect(effects).not.toHaveBeenCalled();
    expect(await world.store.findDelegations({ delegatorId: bob.id })).toEqual([]);
  }

  const HOW = ['returned', 'timed out'] as const;
  it.each(HOW)('that %s cannot use a tool', (how) =>
    leftOver(how, (context) => context.callTool('read_mail', {})),
  );

  it.each(HOW)('that %s cannot delegate', (how) =>
    leftOver(how, (context, carol) => context.delegate(carol, { capabilities: ['read_mail'] })),
  );

  it.each(HOW)('that %s cannot invoke an agent', (how) =>
    leftOver(how, (context, carol) => context.invoke(carol, 1)),
  );

  it.each(HOW)('that %s cannot prove its invocation', (how) => leftOver(how, (context) => context.prove!()));

  it.each(HOW)('that %s cannot act through an agent object either', (how) =>
    leftOver(how, (_context, carol) => carol.run(1, { standalone: true }), 'STANDALONE_REQUIRED'),
  );

  it('cannot act after the run either', async () => {
    const world = await World.make();
    const effects = vi.fn();
    let kept: InvocationContext | undefined;
    const bob = await world.agent(
      'bob',
      (_input: unknown, context: InvocationContext) => {
        kept = context;
      },
      { capabilities: ['read_mail'], tools: { read_mail: effects } },
    );
    const { runId } = await world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    const before = await world.trail(runId);
    const error = await rejection(kept!.callTool('read_mail', {}));
    expect(error.code).toBe('INVOCATION_ENDED');
    expect(effects).not.toHaveBeenCalled();
    expect(await world.trail(runId)).toEqual(before);
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
  });

  it('stops the calls that it made: a nested call ends with the one that made it', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const carol = await world.agent('carol', never);
    const bob = await world.agent('bob', async (_input: unknown, context: InvocationContext) => {
      await context.delegate(carol, { capabilities: ['read_mail'] });
      return context.invoke(carol, 1);
    });
    const { result, auditTrail } = await world.execute(
      [alice, bob, carol],
      async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        // Long enough for a store on a disk or a server to take what carol begins.
        return (await rejection(invoke(b!, 1, { timeout: 300 }))).code;
      },
    );
    expect(result).toBe('EXECUTION_TIMEOUT');
    expect(said(auditTrail).sort()).toEqual([
      'alice orchestration_complete success success',
      'bob read_mail partial timed_out',
      expect.stringMatching(/^carol read_mail partial (timed_out|cancelled)$/),
    ]);
  });
});
