import type {
  ExecuteOptions,
  HumanOrigin,
  InvocationContext,
  OrchestrationResult,
  RunHandle,
  TrustedAgent,
} from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it, vi } from 'vitest';
import { FailingStore } from './failing-store.js';
import { ALICE, gate, never, rejection, said, World } from './world.js';

const MALLORY: HumanOrigin = { ...ALICE, humanId: 'mallory@acme.example' };

/** alice delegates to bob; bob's own code starts a separate run, in which carol leads. */
async function nested(
  delegated: readonly string[],
  carolsWork: (context: InvocationContext) => unknown,
  options: Partial<ExecuteOptions> = {},
) {
  const world = await World.make();
  const send = vi.fn(() => 'sent');
  const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
  const carol: TrustedAgent = await world.agent(
    'carol',
    (_input: unknown, context: InvocationContext) => carolsWork(context),
    {
      capabilities: ['send_mail', 'read_mail'],
      tools: { send_mail: send, read_mail: () => 'letters' },
    },
  );
  const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
  let inside: OrchestrationResult | undefined;
  const bob = await world.agent('bob', async (_input: unknown, context: InvocationContext) => {
    inside = await inner.execute(1, { pattern: 'probe', within: context, ...options } as never);
    return inside.result;
  });
  const run = world.execute(
    [alice, bob],
    async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: delegated });
      return invoke(b!, 1);
    },
    { taskId: 'task-1', humanOrigin: ALICE },
  );
  return { world, run, send, inner: () => inside! };
}

describe('a run that is started inside an invocation', () => {
  it('cannot exceed the delegation that the invocation is under', async () => {
    const { run, send } = await nested(['read_mail'], (context) => context.callTool('send_mail', {}));
    const error = await rejection(run);
    expect(error.code).toBe('AGENT_FAILED');
    expect((error.cause as Error).cause).toMatchObject({ denial: { code: 'DELEGATION_SCOPE' } });
    expect(send).not.toHaveBeenCalled();
  });

  it('can do what the delegation allows, and is recorded under the same task and person', async () => {
    const { run, inner } = await nested(['read_mail'], (context) => context.callTool('read_mail', {}));
    const outer = await run;
    expect(outer.result).toBe('letters');
    const { auditTrail, delegations, taskId } = inner();
    expect(taskId).toBe('task-1');
    expect(delegations.map((d) => [d.delegatorId, d.delegateeId, d.capabilitiesDelegated])).toEqual([
      ['agent-bob', 'agent-carol', ['execute']],
    ]);
    const { person } = outer.auditTrail[0]!.context!;
    expect(person).toEqual({ pseudonym: expect.any(String), digest: expect.any(String) });
    for (const anchor of auditTrail) expect(anchor.context).toMatchObject({ task_id: 'task-1', person });
  });

  it('can do its own job where the delegation says so', async () => {
    const { run, send } = await nested(['execute'], (context) => context.callTool('send_mail', {}));
    expect((await run).result).toBe('sent');
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('has a receipt that holds by itself, and so has the run around it', async () => {
    const { run, inner } = await nested(['read_mail'], () => 'done');
    const outer = await run;
    expect((await verifyReceipt(await inner().receipt())).problems).toEqual([]);
    expect((await verifyReceipt(await outer.receipt())).problems).toEqual([]);
  });

  it('is named in the record of the invocation around it, and names that one in its own', async () => {
    const { run, inner } = await nested(['read_mail'], () => 'done');
    const outer = await run;
    const around = outer.auditTrail.find(({ agentId }) => agentId === 'agent-bob');
    expect(around?.context?.nested_runs).toEqual([inner().runId]);
    expect(inner().auditTrail.at(-1)?.context).toMatchObject({
      outer_run: outer.runId,
      outer_invocation: around?.context?.invocation_id,
    });
    for (const { context } of inner().auditTrail)
      expect(context).toMatchObject({ outer_run: outer.runId, outer_invocation: `${outer.runId}/1` });
  });

  it('cannot be of another task', async () => {
    const { run } = await nested(['read_mail'], () => 1, { taskId: 'other' });
    expect(await rejection(run)).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('`taskId`') },
    });
  });

  it('cannot be for another person', async () => {
    const work = vi.fn();
    const { run, inner } = await nested(['read_mail'], work, { humanOrigin: MALLORY });
    expect(await rejection(run)).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'PERSON_MISMATCH' } });
    expect(inner()).toBeUndefined();
    expect(work).not.toHaveBeenCalled();
  });

  it('cannot be for a person where the run around it is for none', async () => {
    const world = await World.make();
    const work = vi.fn();
    const carol = await world.agent('carol', work);
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) =>
      inner.execute(1, { pattern: 'probe', within: context, humanOrigin: ALICE }),
    );
    const error = await rejection(world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1)));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'PERSON_MISMATCH' } });
    expect(work).not.toHaveBeenCalled();
  });

  it.each<[string, string, (context: InvocationContext) => unknown]>([
    ['does not name it', 'CONTEXT_REQUIRED', () => undefined],
    ['names a copy of its context', 'INVALID_ARGUMENT', (context) => ({ ...context })],
    ['names a proxy of its context', 'INVALID_ARGUMENT', (context) => new Proxy(context, {})],
    ['names an object that inherits from its context', 'INVALID_ARGUMENT', (c) => Object.create(c)],
    ['names null', 'INVALID_ARGUMENT', () => null],
  ])('is refused where it %s', async (_how, code, within) => {
    const world = await World.make();
    const work = vi.fn();
    const carol = await world.agent('carol', work);
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) =>
      inner.execute(1, { pattern: 'probe', within: within(context) as never }),
    );
    const error = await rejection(world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1)));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code } });
    expect(work).not.toHaveBeenCalled();
  });

  it('is refused in a context that has ended', async () => {
    const world = await World.make();
    const work = vi.fn();
    const carol = await world.agent('carol', work);
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    let kept: InvocationContext | undefined;
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) => {
      kept = context;
    });
    await world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    const error = await rejection(inner.execute(1, { pattern: 'probe', within: kept! }));
    expect(error.code).toBe('INVOCATION_ENDED');
    expect(work).not.toHaveBeenCalled();
  });

  it('is refused in an invocation of another deployment', async () => {
    const [world, other] = [await World.make(), await World.make()];
    const work = vi.fn();
    const carol = await other.agent('carol', work);
    const inner = other.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) =>
      inner.execute(1, { pattern: 'probe', within: context }),
    );
    const error = await rejection(world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1)));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'INVALID_ARGUMENT' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('ends with the invocation around it', async () => {
    const world = await World.make();
    const started = gate();
    const seen: unknown[] = [];
    const carol = await world.agent('carol', (_input: unknown, { signal }: InvocationContext) => {
      signal.addEventListener('abort', () => seen.push((signal.reason as { code?: string }).code));
      started.open();
      return never();
    });
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    let handle: RunHandle | undefined;
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) => {
      handle = inner.start(1, { pattern: 'probe', within: context });
      return handle.result;
    });
    const run = world.start([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    await started.opened;
    run.cancel('enough');
    const error = await rejection(run.result);
    expect(error).toMatchObject({ code: 'EXECUTION_CANCELLED', run: { runId: run.runId } });
    expect((await rejection(handle!.result)).run?.runId).toBe(handle!.runId);
    expect(seen).toEqual(['EXECUTION_CANCELLED']);
    expect(said(await world.remains(error))[0]).toBe('bob execute partial cancelled');
    expect(said(await world.trail(handle!.runId))).toEqual([
      'carol execute partial cancelled',
      'carol orchestration_failed failure failure',
    ]);
  });

  it('has its end recorded before the run around it ends', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const started = gate();
    const carol = await world.agent('carol', () => {
      started.open();
      return never();
    });
    const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
    const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) =>
      inner.execute(1, { pattern: 'probe', within: context, runId: 'run-inner' }),
    );
    // The records of the nested run take their time.
    store.arm(async (writes) => {
      if (!writes.some((write) => write.op === 'append_anchor' && write.entry.trailId === 'run-inner'))
        return;
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    });
    const run = world.start([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    await started.opened;
    run.cancel();
    await rejection(run.result);
    expect(said(await world.trail('run-inner')).at(-1)).toBe('carol orchestration_failed failure failure');
  });

  it('is nested 16 deep at most', async () => {
    const world = await World.make();
    let depth = 0;
    const alice: TrustedAgent = await world.agent('alice', (_input: unknown, context: InvocationContext) => {
      depth = Math.max(depth, context.depth);
      return runtime.execute(1, { pattern: 'probe', within: context });
    });
    const runtime = world.runtime([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    let error = (await rejection(runtime.execute(1, { pattern: 'probe' }))) as Error & { code?: string };
    while (error.code === 'AGENT_FAILED') error = error.cause as never;
    expect(error.code).toBe('NESTING_TOO_DEEP');
    expect(depth).toBe(16);
  });
});
