import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentExecutionError } from '@kaizen-eatp/core/errors';
import { describe, expect, it, vi } from 'vitest';
import { gate, never, rejection, said, World } from './world.js';

const invokeFirst = ({ agents, invoke }: Parameters<Parameters<World['execute']>[1]>[0]): Promise<unknown> =>
  invoke(agents[0]!, 1);

class Hostile extends Error {
  override get message(): string {
    throw new Error('no message for you');
  }
}

const thrown: [string, () => unknown][] = [
  ['an error', () => new TypeError('broken')],
  ['a text', () => 'broken'],
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 0],
  ['a symbol', () => Symbol('broken')],
  ['an object', () => ({ broken: true })],
  ['an object without prototype', () => Object.create(null)],
  ['an object that cannot be converted to a string', () => ({ toString: () => ({}) })],
  ['an error that does not tell its message', () => new Hostile()],
  ['an error whose message is not a string', () => Object.assign(new Error('x'), { message: Symbol('m') })],
];

describe('an agent that fails', () => {
  it.each(thrown)('throws %s', async (_what, make) => {
    const world = await World.make();
    const cause = make();
    const alice = await world.agent('alice', () => {
      throw cause;
    });
    const error = await rejection(world.execute([alice], invokeFirst));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', evidence: { agentId: 'agent-alice' } });
    expect((error as AgentExecutionError).cause).toBe(cause);
    const trail = await world.remains(error);
    expect(said(trail)).toEqual([
      'alice execute failure failure',
      'alice orchestration_failed failure failure',
    ]);
    expect(trail[0]?.context).toMatchObject({ error: { code: 'AGENT_FAILED' } });
  });

  it.each(thrown)('rejects with %s', async (_what, make) => {
    const world = await World.make();
    const alice = await world.agent('alice', () => Promise.reject(make()));
    const error = await rejection(world.execute([alice], invokeFirst));
    expect(error.code).toBe('AGENT_FAILED');
    expect(said(await world.remains(error))[0]).toBe('alice execute failure failure');
  });

  it('returns a thenable that throws', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => ({
      // biome-ignore lint/suspicious/noThenProperty: a bad thenable is what is tested
      get then(): never {
        throw new Error('bad thenable');
      },
    }));
    const error = await rejection(world.execute([alice], invokeFirst));
    expect(error.code).toBe('AGENT_FAILED');
    await world.remains(error);
  });

  it('throws secrets: they do not reach the record', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => {
      throw new Error('401 for Bearer abc.def.ghi at https://u:hunter2@db.example/');
    });
    const error = await rejection(world.execute([alice], invokeFirst));
    const record = JSON.stringify(await world.remains(error));
    expect(record).not.toMatch(/abc\.def|hunter2/);
  });

  it('throws an error with a very long message, and the process does not stand still for it', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => {
      throw new Error('eyJ-'.repeat(25_000));
    });
    const started = performance.now();
    const error = await rejection(world.execute([alice], invokeFirst));
    expect(performance.now() - started).toBeLessThan(1000);
    const [anchor] = await world.remains(error);
    expect(JSON.stringify(anchor).length).toBeLessThan(10_000);
  });

  it('does not fail the run if the pattern can do without it', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => Promise.reject(new Error('no')));
    const { result, auditTrail } = await world.execute([alice], async ({ agents, invoke }) => {
      const error = await rejection(invoke(agents[0]!, 1));
      return error.code;
    });
    expect(result).toBe('AGENT_FAILED');
    expect(said(auditTrail)).toEqual([
      'alice execute failure failure',
      'alice orchestration_complete success success',
    ]);
  });
});

describe('an agent that does not end', () => {
  it('is timed out, and left behind if it does not heed the signal', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', never);
    const error = await rejection(
      world.execute([alice], invokeFirst, { settings: { limits: { invocationTimeout: 5 } } }),
    );
    expect(error).toMatchObject({ code: 'EXECUTION_TIMEOUT', evidence: { milliseconds: 5 } });
    expect(said(await world.remains(error))).toEqual([
      'alice execute partial timed_out',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('is timed out by the pattern, and by the run', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', never);
    const byPattern = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { timeout: 5 })),
    );
    expect(byPattern.code).toBe('EXECUTION_TIMEOUT');
    const byRun = await rejection(world.execute([alice], invokeFirst, { timeout: 1_000 }));
    expect(byRun).toMatchObject({ code: 'EXECUTION_TIMEOUT' });
    expect(byRun.message).toMatch(/^Run /);
    expect(said(await world.remains(byRun))[0]).toBe('alice execute partial timed_out');
  });

  it('is cancelled', async () => {
    const world = await World.make();
    const started = gate();
    const seen = vi.fn();
    const alice = await world.agent('alice', (_input: unknown, { signal }: InvocationContext) => {
      signal.addEventListener('abort', () => seen(signal.aborted));
      started.open();
      return never();
    });
    const canceller = new AbortController();
    const run = world.execute([alice], invokeFirst, { signal: canceller.signal });
    await started.opened;
    canceller.abort(new Error('user closed the tab'));
    const error = await rejection(run);
    expect(error).toMatchObject({ code: 'EXECUTION_CANCELLED', received: 'user closed the tab' });
    expect(seen).toHaveBeenCalledWith(true);
    expect(said(await world.remains(error))).toEqual([
      'alice execute partial cancelled',
      'alice orchestration_failed failure failure',
    ]);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'enough'],
    ['an object without prototype', Object.create(null)],
    ['a symbol', Symbol('x')],
  ])(
    'is cancelled with %s as the reason',
    async (_what, reason) => {
      const world = await World.make();
      const started = gate();
      const alice = await world.agent('alice', () => {
        started.open();
        return never();
      });
      const run = world.start([alice], invokeFirst);
      await started.opened;
      run.cancel(reason);
      const error = await rejection(run.result);
      expect(error.code).toBe('EXECUTION_CANCELLED');
      await world.remains(error);
    },
    2000,
  );

  it('resolves too late: what it brings is neither a result nor a second record', async () => {
    const world = await World.make();
    const late = gate();
    const alice = await world.agent('alice', async () => {
      await late.opened;
      return 'too late';
    });
    const error = await rejection(world.execute([alice], invokeFirst, { timeout: 1_000 }));
    const before = await world.remains(error);
    late.open();
    await new Promise(setImmediate);
    expect(await world.remains(error)).toEqual(before);
  });

  it('rejects too late: no listener is notified, and the process goes on', async () => {
    const world = await World.make();
    const late = gate();
    const alice = await world.agent('alice', async () => {
      await late.opened;
      throw new Error('too late');
    });
    const error = await rejection(world.execute([alice], invokeFirst, { timeout: 1_000 }));
    late.open();
    await new Promise(setImmediate);
    expect((await world.remains(error)).length).toBe(2);
  });

  it('was cancelled before it began: no agent runs', async () => {
    const world = await World.make();
    const work = vi.fn();
    const pattern = vi.fn();
    const alice = await world.agent('alice', work);
    const error = await rejection(
      world.execute([alice], pattern, { signal: AbortSignal.abort('not at all') }),
    );
    expect(error).toMatchObject({ code: 'EXECUTION_CANCELLED', received: 'not at all' });
    expect(pattern).not.toHaveBeenCalled();
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))).toEqual(['alice orchestration_failed failure failure']);
  });

  it('what counts is why it was stopped, not what it made of that', async () => {
    const world = await World.make();
    const alice = await world.agent(
      'alice',
      (_input: unknown, { signal }: InvocationContext) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('my own words'))),
        ),
    );
    const error = await rejection(world.execute([alice], invokeFirst, { timeout: 1_000 }));
    expect(error.code).toBe('EXECUTION_TIMEOUT');
    expect(said(await world.remains(error))[0]).toBe('alice execute partial timed_out');
  });
});
