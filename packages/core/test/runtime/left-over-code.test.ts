import type { TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { type Gate, gate, never, rejection, said, World } from './world.js';

describe('code of an agent whose invocation is over', () => {
  /** bob starts something that goes on after his invocation has ended in the given way. */
  async function leftOver(
    how: 'returned' | 'timed out',
    use: (bob: TrustedAgent, carol: TrustedAgent) => Promise<unknown>,
  ) {
    const world = await World.make();
    const effects = vi.fn();
    const over: Gate = gate();
    const later = Promise.withResolvers<unknown>();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const carol = await world.agent('carol', effects);
    const bob: TrustedAgent = await world.agent(
      'bob',
      () => {
        void over.opened.then(() => use(bob, carol)).then(later.resolve, later.reject);
        return how === 'returned' ? 'done' : never();
      },
      { tools: { read_mail: effects } },
    );
    await world.execute([alice, bob, carol], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['read_mail'] });
      await invoke(b!, 1, { timeout: 5 }).catch(() => undefined);
      over.open();
      const outcome = await later.promise.catch((error: unknown) => error);
      expect(outcome).toMatchObject({
        code: how === 'returned' ? 'PATTERN_CONTRACT_BROKEN' : 'EXECUTION_TIMEOUT',
      });
    });
    expect(effects).not.toHaveBeenCalled();
  }

  it.each(['returned', 'timed out'] as const)('that %s cannot use a tool', (how) =>
    leftOver(how, (bob) => bob.callTool('read_mail', {})),
  );

  it.each(['returned', 'timed out'] as const)('that %s cannot delegate', (how) =>
    leftOver(how, (bob, carol) => bob.delegateTo(carol, { capabilities: ['read_mail'] })),
  );

  it('takes what it called with it: a nested call ends with the one that made it', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const carol = await world.agent('carol', never);
    const bob: TrustedAgent = await world.agent('bob', async () => {
      await bob.delegateTo(carol, { capabilities: ['read_mail'] });
      return carol.run(1);
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
