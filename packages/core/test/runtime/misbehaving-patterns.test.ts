import { PatternContractError } from '@kaizen-eatp/core/errors';
import type { PatternExecution } from '@kaizen-eatp/core/plugin';
import { isHeavy } from 'suite-store';
import { describe, expect, it, vi } from 'vitest';
import { gate, never, rejection, said, World } from './world.js';

type Execution = PatternExecution<Record<string, never>>;

describe('a pattern that fails', () => {
  it.each([
    ['an error', new TypeError('broken')],
    ['a text', 'broken'],
    ['undefined', undefined],
    ['an object without prototype', Object.create(null)],
  ])('throws %s', async (_what, cause) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(
      world.execute([alice], () => {
        throw cause;
      }),
    );
    expect(error.code).toBe('PATTERN_FAILED');
    expect(said(await world.remains(error))).toEqual(['alice orchestration_failed failure failure']);
  });

  it('throws a coded error that cannot be written to', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const frozen = Object.freeze(new PatternContractError('mine', { remedy: 'None.' }));
    const error = await rejection(
      world.execute([alice], () => {
        throw frozen;
      }),
    );
    expect(error.code).toBe('PATTERN_CONTRACT_BROKEN');
    await world.remains(error);
  });

  it('never ends, and is timed out', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(world.execute([alice], never, { timeout: 5 }));
    expect(error.code).toBe('EXECUTION_TIMEOUT');
    await world.remains(error);
  });

  it('never ends, and is cancelled', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const handle = world.start([alice], never);
    handle.cancel();
    const error = await rejection(handle.result);
    expect(error.code).toBe('EXECUTION_CANCELLED');
    await world.remains(error);
  });
});

describe('a pattern that returns before its agents have ended', () => {
  it('breaks the contract; the agents are stopped and that is recorded', async () => {
    const world = await World.make();
    const aborted = vi.fn();
    const started = gate();
    const alice = await world.agent('alice', (_input: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => aborted());
      started.open();
      return never();
    });
    const error = await rejection(
      world.execute([alice], async ({ agents, invoke }) => {
        invoke(agents[0]!, 1).catch(() => undefined);
        await started.opened;
        return 'early';
      }),
    );
    expect(error).toMatchObject({ code: 'PATTERN_CONTRACT_BROKEN', received: expect.stringContaining('/1') });
    expect(aborted).toHaveBeenCalledTimes(1);
    expect(said(await world.remains(error))).toEqual([
      'alice execute partial cancelled',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('and never looks at what it left: the process goes on', async () => {
    const world = await World.make();
    const unhandled = vi.fn();
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', unhandled);
    try {
      const alice = await world.agent('alice', never);
      const error = await rejection(
        world.execute([alice], ({ agents, invoke }) => {
          void invoke(agents[0]!, 1);
        }),
      );
      expect(error.code).toBe('PATTERN_CONTRACT_BROKEN');
      await new Promise(setImmediate);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each([
    [
      'a delegation',
      ({ agents: [a, b], delegate }: Execution) => delegate(a!, b!, { capabilities: ['execute'] }),
    ],
    ['something shared', ({ agents: [a], share }: Execution) => share(a!, 1, { action: 'execute' })],
  ])('leaves %s: nothing comes after the end of the run, nothing stays in force', async (_what, leave) => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const runId = 'run-1';
    const outcome = await world
      .execute(
        agents,
        (execution) => {
          (leave as (execution: Execution) => Promise<unknown>)(execution).catch(() => undefined);
        },
        { runId },
      )
      .catch((error: unknown) => error);
    await new Promise(setImmediate);
    expect(outcome).toBeDefined();
    const trail = await world.trail(runId);
    expect(trail.at(-1)).toMatchObject({
      action: expect.stringMatching(/^orchestration_(complete|failed)$/),
      context: { entries: trail.length },
    });
    expect(await world.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
  });
});

describe('an execution is of no use after its run', () => {
  const uses: [string, (execution: Execution) => Promise<unknown>][] = [
    ['invoke', ({ agents: [a], invoke }) => invoke(a!, 1)],
    ['delegate', ({ agents: [a, b], delegate }) => delegate(a!, b!, { capabilities: ['execute'] })],
    ['share', ({ agents: [a], share }) => share(a!, 1, { action: 'execute' })],
  ];
  it.each(uses)('%s, after a run that went well', async (_name, use) => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice', work), await world.agent('bob', work)];
    let kept: Execution | undefined;
    const { runId } = await world.execute(agents, (execution) => {
      kept = execution;
    });
    const before = await world.trail(runId);
    expect((await rejection(use(kept!))).code).toBe('PATTERN_CONTRACT_BROKEN');
    expect(work).not.toHaveBeenCalled();
    expect(await world.trail(runId)).toEqual(before);
    expect(await world.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
  });

  it.each(uses)('%s, by a pattern that was cut off', async (_name, use) => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice', work), await world.agent('bob', work)];
    const cut = gate();
    const later = Promise.withResolvers<string>();
    const error = await rejection(
      world.execute(
        agents,
        async (execution) => {
          await cut.opened;
          later.resolve(
            await use(execution).then(
              () => 'it went through',
              (refusal) => refusal.code,
            ),
          );
        },
        // Long enough for the pattern to begin, wherever the records go.
        { timeout: isHeavy ? 1_000 : 5 },
      ),
    );
    const before = await world.remains(error);
    cut.open();
    expect(await later.promise).toBe('EXECUTION_TIMEOUT');
    expect(work).not.toHaveBeenCalled();
    expect(await world.remains(error)).toEqual(before);
  });
});

describe('what a pattern gets from the guard when it is used wrongly', () => {
  const misuses: [string, string, (execution: Execution) => Promise<unknown>][] = [
    [
      'no capabilities',
      'DELEGATION_REFUSED',
      ({ agents: [a, b], delegate }) => delegate(a!, b!, { capabilities: [] }),
    ],
    [
      'a malformed capability',
      'INVALID_ARGUMENT',
      ({ agents: [a, b], delegate }) => delegate(a!, b!, { capabilities: ['a b'] }),
    ],
    [
      'a malformed constraint',
      'INVALID_ARGUMENT',
      ({ agents: [a, b], delegate }) => delegate(a!, b!, { capabilities: ['execute'], constraints: [''] }),
    ],
    [
      'a past expiry',
      'INVALID_ARGUMENT',
      ({ agents: [a, b], delegate }) => delegate(a!, b!, { capabilities: ['execute'], expiresIn: -1 }),
    ],
    [
      'an expiry that is no time',
      'INVALID_ARGUMENT',
      ({ agents: [a, b], delegate }) =>
        delegate(a!, b!, { capabilities: ['execute'], expiresIn: Number.NaN }),
    ],
    [
      'itself as delegatee',
      'DELEGATION_CYCLE',
      ({ agents: [a], delegate }) => delegate(a!, a!, { capabilities: ['execute'] }),
    ],
    [
      'a role nobody plays',
      'MISSING_ROLE_METHOD',
      ({ agents: [a], invoke }) => invoke(a!, 1, { method: 'decomposeTask' }),
    ],
    [
      'details that are not JSON',
      'UNSUPPORTED_VALUE',
      ({ agents: [a], invoke }) => invoke(a!, 1, { details: { f: () => 1 } }),
    ],
    [
      'a shared value that is not JSON',
      'UNSUPPORTED_VALUE',
      ({ agents: [a], share }) => share(a!, () => 1, { action: 'execute' }),
    ],
    [
      'a timeout that is no time',
      'INVALID_ARGUMENT',
      ({ agents: [a], invoke }) => invoke(a!, 1, { timeout: -5 }),
    ],
  ];
  it.each(misuses)('%s: %s', async (_what, code, misuse) => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice', work), await world.agent('bob', work)];
    const error = await rejection(world.execute(agents, misuse));
    expect(error.code).toBe(code);
    expect(error.remedy).not.toBe('');
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('shares only what the agent may, and records what it may not', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(
      world.execute([alice], ({ agents, share }) =>
        share(agents[0]!, 1, { action: 'blackboard_contribution' }),
      ),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CAPABILITY_NOT_HELD' } });
    expect(said(await world.remains(error))[0]).toBe('alice blackboard_contribution denied denied');
  });
});
