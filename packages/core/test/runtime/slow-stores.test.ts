import { describe, expect, it, vi } from 'vitest';
import { FailingStore } from './failing-store.js';
import { gate, rejection, said, World } from './world.js';

/** A world in which the first commit that holds a write of this kind waits. */
async function slow(op: string) {
  const store = new FailingStore();
  const world = await World.make({ store });
  const [asked, free] = [gate(), gate()];
  store.arm(async (writes) => {
    if (!writes.some((write) => write.op === op)) return;
    asked.open();
    await free.opened;
  });
  return { store, world, asked: asked.opened, free };
}

describe('while the intent is being stored', () => {
  it('a change of the input reaches neither the agent nor the record', async () => {
    const { world, asked, free } = await slow('open_intent');
    const seen = vi.fn();
    const alice = await world.agent('alice', (input: unknown) => seen(structuredClone(input)));
    const input = { amount: 1, to: ['bob'] };
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, input));
    await asked;
    input.amount = 1_000;
    input.to.push('mallory');
    free.open();
    const { auditTrail } = await run;
    expect(seen.mock.calls).toEqual([[{ amount: 1, to: ['bob'] }]]);
    const again = await world.execute([alice], ({ agents: [a], invoke }) =>
      invoke(a!, { amount: 1, to: ['bob'] }),
    );
    expect(auditTrail[0]?.context?.input_digest).toBe(again.auditTrail[0]?.context?.input_digest);
  });

  it('a change of the arguments reaches neither the tool nor the record', async () => {
    const { world, asked, free } = await slow('open_intent');
    const pay = vi.fn((args: { amount: number }) => args.amount);
    const alice = await world.agent('alice', undefined, { capabilities: ['pay'], tools: { pay } });
    const args = { amount: 1 };
    const call = alice.callTool('pay', args);
    await asked;
    args.amount = 1_000;
    free.open();
    expect(await call).toBe(1);
    const [anchor] = await world.trail('outside-runs');
    expect(anchor?.context?.details).toEqual({ tool: 'pay', arguments: { amount: 1 } });
  });

  it.each(['cancelled', 'revoked'])(
    'an agent whose call is %s does not act, and that is recorded',
    async (how) => {
      const { world, asked, free } = await slow('open_intent');
      const work = vi.fn();
      const alice = await world.agent('alice', work);
      const run = world.start([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
      await asked;
      if (how === 'cancelled') run.cancel();
      else await world.trust.revoke({ agentId: alice.id, reason: 'lost' });
      setImmediate(free.open);
      const error = await rejection(run.result);
      expect(error.code).toBe(how === 'cancelled' ? 'EXECUTION_CANCELLED' : 'REVOKED');
      expect(work).not.toHaveBeenCalled();
      expect(said(await world.remains(error))[0]).toMatch(
        how === 'cancelled' ? /^alice execute partial cancelled$/ : /^alice execute denied revoked$/,
      );
    },
  );
});

describe('a pattern that shares', () => {
  it('records nothing once the run was stopped while the right was being checked', async () => {
    const world = await World.make({
      hooks: {
        beforeVerify: async ({ action }) => {
          if (action !== 'note') return undefined;
          checking.open();
          await stopped.opened;
          return undefined;
        },
      },
    });
    const [checking, stopped] = [gate(), gate()];
    const alice = await world.agent('alice', undefined, { capabilities: ['note'] });
    const shared = vi.fn();
    const run = world.start([alice], ({ agents: [a], share }) => share(a!, 1, { action: 'note' }), {
      onEvent: ({ type }) => void (type === 'shared' && shared()),
    });
    await checking.opened;
    run.cancel();
    setImmediate(stopped.open);
    const error = await rejection(run.result);
    expect(error.code).toBe('EXECUTION_CANCELLED');
    expect(said(await world.remains(error))).toEqual(['alice orchestration_failed failure failure']);
    expect(shared).not.toHaveBeenCalled();
  });
});
