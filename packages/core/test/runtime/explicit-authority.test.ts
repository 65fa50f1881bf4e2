import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { gate, never, rejection, said, World } from './world.js';

/** Runs work outside every asynchronous context, as a queue or a timer that was started elsewhere does. */
const outside = AsyncLocalStorage.snapshot();

type Use = (agent: TrustedAgent, options: { standalone?: boolean }) => Promise<unknown>;
const USES: [string, Use][] = [
  ['run', (agent, options) => agent.run(1, { action: 'pay', ...options })],
  ['callTool', (agent, options) => agent.callTool('pay', {}, options)],
];

describe('the object of an agent', () => {
  /** worker owns `pay` and is delegated `read` only; its code uses objects of agents as each test says. */
  async function inside(use: (worker: TrustedAgent, vault: TrustedAgent) => unknown) {
    const world = await World.make();
    const pay = vi.fn();
    const boss = await world.agent('boss', undefined, { capabilities: ['read'] });
    const setup = { capabilities: ['read', 'pay'], tools: { pay } };
    const vault = await world.agent('vault', pay, setup);
    const worker: TrustedAgent = await world.agent('worker', () => use(worker, vault), setup);
    const run = world.execute([boss, worker], async ({ agents: [b, w], delegate, invoke }) => {
      await delegate(b!, w!, { capabilities: ['read'] });
      return invoke(w!, 1);
    });
    return { world, pay, run };
  }

  it.each(USES)(
    'refuses %s inside an invocation, whichever agent it is and whatever the call says',
    async (_n, use) => {
      const { world, pay, run } = await inside(async (worker, vault) => {
        const refusals = [];
        for (const agent of [worker, vault])
          for (const options of [{}, { standalone: true }])
            refusals.push(await rejection(use(agent, options)));
        return refusals.map(({ code, evidence }) => `${code} in ${String(evidence.invocationId)}`);
      });
      const { result, runId } = await run;
      expect(result).toEqual(Array.from({ length: 4 }, () => `STANDALONE_REQUIRED in ${runId}/1`));
      expect(pay).not.toHaveBeenCalled();
      expect(await world.store.readTrail('outside-runs')).toEqual([]);
    },
  );

  it.each(USES)(
    'refuses %s where the asynchronous context was lost, unless the call says that it is on its own',
    async (_n, use) => {
      const { world, pay, run } = await inside(async (worker, vault) => {
        const refusals = [];
        for (const agent of [worker, vault]) refusals.push(await rejection(outside(() => use(agent, {}))));
        return refusals.map(({ code, evidence }) => `${code} ${String(evidence.invocationId)}`);
      });
      expect((await run).result).toEqual(['STANDALONE_REQUIRED undefined', 'STANDALONE_REQUIRED undefined']);
      expect(pay).not.toHaveBeenCalled();
      expect(await world.store.readTrail('outside-runs')).toEqual([]);
    },
  );

  it('is refused while any invocation of the deployment is in progress, and works before and after', async () => {
    const world = await World.make();
    const [started, free] = [gate(), gate()];
    const bob = await world.agent('bob', () => {
      started.open();
      return free.opened;
    });
    const alice = await world.agent('alice');
    const other = await World.make();
    const carol = await other.agent('carol');
    await alice.run(1);
    const run = world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    await started.opened;
    expect((await rejection(alice.run(1))).code).toBe('STANDALONE_REQUIRED');
    expect((await rejection(alice.delegateTo(bob, { capabilities: ['execute'] }))).code).toBe(
      'STANDALONE_REQUIRED',
    );
    await carol.run(1);
    await alice.run(1, { standalone: true });
    await alice.delegateTo(bob, { capabilities: ['execute'], standalone: true });
    free.open();
    await run;
    await alice.run(1);
    expect(said(await world.trail('outside-runs'))).toEqual(
      Array.from({ length: 3 }, () => 'alice execute success success'),
    );
  });

  it('works again after an invocation that failed, was denied, or was left behind', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (input: unknown) => {
      if (input === 'fail') throw new Error('no');
      return input === 'hang' ? never() : input;
    });
    await world.execute([alice], async ({ agents: [a], invoke }) => {
      await rejection(invoke(a!, 'fail'));
      await rejection(invoke(a!, 1, { action: 'pay' }));
      await rejection(invoke(a!, 'hang', { timeout: 5 }));
    });
    expect(await alice.run(1)).toBe(1);
  });

  it('may be used by a pattern, which is outside every invocation', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const { result } = await world.execute([alice], () => alice.run('x'));
    expect(result).toBe('x');
    expect(said(await world.trail('outside-runs'))).toEqual(['alice execute success success']);
  });
});

describe('a call through the context', () => {
  it('acts under the delegation of its invocation, wherever it is made', async () => {
    const world = await World.make();
    const [pay, read] = [vi.fn(), vi.fn(() => 'letters')];
    const boss = await world.agent('boss', undefined, { capabilities: ['read'] });
    const worker = await world.agent(
      'worker',
      async (_input: unknown, { callTool }: InvocationContext) => [
        await outside(() => callTool('read')),
        (await rejection(outside(() => callTool('pay')))).code,
        (await rejection(callTool('pay'))).code,
      ],
      { capabilities: ['read', 'pay'], tools: { pay, read } },
    );
    const { result, auditTrail } = await world.execute(
      [boss, worker],
      async ({ agents: [b, w], delegate, invoke }) => {
        await delegate(b!, w!, { capabilities: ['read'] });
        return invoke(w!, 1);
      },
    );
    expect(result).toEqual(['letters', 'VERIFICATION_DENIED', 'VERIFICATION_DENIED']);
    expect(pay).not.toHaveBeenCalled();
    expect(said(auditTrail).slice(0, 3)).toEqual([
      'worker read success success',
      'worker pay denied denied',
      'worker pay denied denied',
    ]);
  });

  it('acts for the invocation whose context it is, not for the one that it is made in', async () => {
    const world = await World.make();
    const [hasContext, isDone] = [gate(), gate()];
    let given: InvocationContext | undefined;
    const tools = { read: (_args: unknown, { runId }: InvocationContext) => runId };
    const alice = await world.agent(
      'alice',
      async (input: unknown, context: InvocationContext) => {
        if (input === 'lends') {
          given = context;
          hasContext.open();
          await isDone.opened;
          return context.runId;
        }
        await hasContext.opened;
        const ranIn = await given!.callTool('read');
        isDone.open();
        return ranIn;
      },
      { capabilities: ['read'], tools },
    );
    const runtime = world.runtime([alice], ({ agents: [a], input, invoke }) => invoke(a!, input));
    const [lends, uses] = await Promise.all(
      ['lends', 'uses'].map((input) => runtime.execute(input, { pattern: 'probe' })),
    );
    expect(uses!.result).toBe(lends!.runId);
    expect(said(lends!.auditTrail)[0]).toBe('alice read success success');
    expect(said(uses!.auditTrail)).toEqual([
      'alice execute success success',
      'alice orchestration_complete success success',
    ]);
  });
});

describe('the id of a task', () => {
  it('gives no right and ends nothing that another agent delegated', async () => {
    const world = await World.make();
    const wipe = vi.fn();
    const setup = { tools: { wipe } };
    const target = await world.agent(
      'target',
      (_input: unknown, { callTool }: InvocationContext) =>
        callTool('wipe').catch((e: { code: string }) => e.code),
      setup,
    );
    const [weak, boss] = [
      await world.agent('weak'),
      await world.agent('boss', undefined, { capabilities: ['wipe'] }),
    ];
    const terms = { delegateeId: target.id, taskId: 'task-1' };
    const strong = await world.trust.delegate({ ...terms, delegatorId: boss.id, capabilities: ['wipe'] });
    const own = await world.trust.delegate({ ...terms, delegatorId: weak.id, capabilities: ['execute'] });
    for (const options of [{ taskId: 'task-1' }, { delegation: own }])
      expect(await target.run('go', options)).toBe('VERIFICATION_DENIED');
    expect(wipe).not.toHaveBeenCalled();
    await world.trust.endTask({ taskId: 'task-1', delegatorId: weak.id });
    const valid = async (delegationId: string, action: string) =>
      (await world.trust.verify({ agentId: target.id, action, delegationId })).valid;
    expect([await valid(strong.id, 'wipe'), await valid(own.id, 'execute')]).toEqual([true, false]);
  });

  it('of a run gives nothing to code that delegates outside the run', async () => {
    const world = await World.make();
    const work = vi.fn();
    const boss = await world.agent('boss', undefined, { capabilities: ['secret_read'] });
    const carol = await world.agent('carol', work);
    const bob: TrustedAgent = await world.agent('bob', (_input: unknown, { taskId }: InvocationContext) =>
      outside(async () => [
        (
          await rejection(
            world.trust.delegate({
              delegatorId: bob.id,
              delegateeId: carol.id,
              taskId,
              capabilities: ['secret_read'],
            }),
          )
        ).code,
        (await rejection(carol.run('x', { taskId, action: 'secret_read' }))).code,
        (await rejection(carol.run('x', { taskId, action: 'secret_read', standalone: true }))).code,
        (await world.trust.verify({ agentId: bob.id, action: 'secret_read' })).valid,
      ]),
    );
    const { result, auditTrail } = await world.execute(
      [boss, bob],
      async ({ agents: [o, b], delegate, invoke }) => {
        await delegate(o!, b!, { capabilities: ['secret_read'] });
        return invoke(b!, 1);
      },
      { taskId: 'task-1' },
    );
    expect(result).toEqual(['CAPABILITY_NOT_HELD', 'STANDALONE_REQUIRED', 'VERIFICATION_DENIED', false]);
    expect(work).not.toHaveBeenCalled();
    expect(said(auditTrail)).toEqual([
      'bob secret_read success success',
      'boss orchestration_complete success success',
    ]);
  });
});
