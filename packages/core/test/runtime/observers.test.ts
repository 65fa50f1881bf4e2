import { type InvocationContext, OrchestrationRuntime, type RunEvent } from '@kaizen-eatp/core';
import type { ObservedCall, ObservedEnd, ObservedRunEnd, RunObserver } from '@kaizen-eatp/core/plugin';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, never, probe, rejection, World } from './world.js';

const TRACE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'v=1' };
const TRACE_IDS = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

type Note = [hook: string, what: string, outcome: string, ...more: unknown[]];

/** Notes everything that an observer sees. */
function spy() {
  const notes: Note[] = [];
  const events: RunEvent[] = [];
  const calls: ObservedCall[] = [];
  const ends: (ObservedEnd | ObservedRunEnd)[] = [];
  const observer: RunObserver = {
    async aroundRun(run, next) {
      const end = await next();
      ends.push(end);
      notes.push(['run', run.pattern, end.outcome, run.within]);
    },
    async aroundInvocation(call, next) {
      calls.push(call);
      const end = await next();
      ends.push(end);
      notes.push([
        'invocation',
        `${call.agentName}.${call.method}`,
        end.outcome,
        call.within,
        end.denial?.code,
      ]);
    },
    async aroundTool(call, next) {
      calls.push(call);
      const end = await next();
      ends.push(end);
      notes.push(['tool', `${call.agentName}.${call.tool}`, end.outcome, call.within, end.denial?.code]);
    },
    on: (event) => events.push(event),
  };
  return { notes, events, calls, ends, observer };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A run in which one agent uses a tool and another one is denied an action. */
async function observedRun(observers: readonly RunObserver[], options: { readonly taskId?: string } = {}) {
  const world = await World.make();
  let acted = 0;
  const alice = await world.agent(
    'alice',
    async (input: { x: number }, context: InvocationContext) => {
      acted += 1;
      return { sum: (await context.callTool('add', input)) as number, trace: context.trace };
    },
    {
      capabilities: ['add'],
      constraints: ['unheard_of'],
      tools: { add: { capability: 'add', effects: 'read', run: ({ x }: { x: number }) => x + 1 } },
    },
  );
  const bob = await world.agent('bob', () => {
    acted += 1;
  });
  const result = await world.execute(
    [alice, bob],
    async ({ agents: [a, b], delegate, invoke }) => {
      const output = await invoke(a!, { x: 1 });
      await delegate(a!, b!, { capabilities: ['execute'] });
      await rejection(invoke(b!, 1, { action: 'send_mail' }));
      return output;
    },
    { ...options, settings: { observers } },
  );
  await settled();
  return { world, result, acted: () => acted };
}

afterEach(() => vi.restoreAllMocks());

describe('an observer', () => {
  it('sees the run, its invocations, tools, denials and events', async () => {
    const { notes, events, calls, ends, observer } = spy();
    const { result } = await observedRun([observer], { taskId: 'task-7' });
    const { runId } = result;
    expect(notes).toEqual([
      ['tool', 'alice.add', 'success', `${runId}/1`, undefined],
      ['invocation', 'alice.run', 'success', undefined, undefined],
      ['invocation', 'bob.run', 'denied', undefined, 'DELEGATION_SCOPE'],
      ['run', 'probe', 'success', undefined],
    ]);
    expect(calls[1]).toMatchObject({
      runId,
      taskId: 'task-7',
      invocationId: `${runId}/2`,
      agentId: 'agent-alice',
      action: 'add',
      depth: 1,
      isRemote: false,
      delegationId: null,
      effects: 'read',
    });
    expect(calls[1]?.input()).toEqual({ x: 1 });
    const [tool, invocation, denied] = ends as ObservedEnd[];
    expect(tool?.output()).toBe(2);
    expect(invocation?.unenforcedConstraints).toEqual(['unheard_of']);
    expect(denied).toMatchObject({
      code: 'VERIFICATION_DENIED',
      message: expect.stringContaining('send_mail'),
    });
    expect(denied?.output()).toBeUndefined();
    expect([tool, invocation, denied].map((end) => end?.anchorId)).toEqual(
      result.auditTrail.slice(0, 3).map(({ id }) => id),
    );
    for (const end of [tool, invocation, denied]) expect(end?.verificationMs).toBeGreaterThan(0);
    expect(events.filter(({ type }) => type === 'recorded')).toHaveLength(result.auditTrail.length);
    expect(events.at(-1)?.type).toBe('run_ended');
  });

  it('sees a run that fails, with its code', async () => {
    const world = await World.make();
    const { ends, observer } = spy();
    const alice = await world.agent('alice', () => {
      throw new Error('no');
    });
    await rejection(
      world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), {
        settings: { observers: [observer] },
      }),
    );
    await settled();
    expect(ends).toMatchObject([
      { outcome: 'failed', code: 'AGENT_FAILED' },
      { outcome: 'failed', code: 'AGENT_FAILED' },
    ]);
  });

  it('sees a run that is started in an invocation, with that invocation', async () => {
    const world = await World.make();
    const { notes, observer } = spy();
    const inner = await world.agent('inner');
    const runtime = world.runtime([inner], ({ agents: [a], invoke }) => invoke(a!, 1), {
      observers: [observer],
    });
    const outer = await world.agent('outer', (_: unknown, context: InvocationContext) =>
      runtime.execute(1, { pattern: 'probe', within: context }).then(({ result }) => result),
    );
    const { runId } = await world.execute([outer], ({ agents: [a], invoke }) => invoke(a!, 1));
    await settled();
    expect(notes).toContainEqual(['run', 'probe', 'success', `${runId}/1`]);
  });

  it('sees the runs of a runtime without trust', async () => {
    const { notes, observer } = spy();
    const runtime = new OrchestrationRuntime({
      agents: { alice: (x: number) => x + 1 },
      patterns: [probe(({ agents: [a], invoke }) => invoke(a!, 1))],
      observers: [observer],
    });
    expect((await runtime.execute(1, { pattern: 'probe' })).result).toBe(2);
    await settled();
    expect(notes.map(([hook, what, outcome]) => [hook, what, outcome])).toEqual([
      ['invocation', 'alice.run', 'success'],
      ['run', 'probe', 'success'],
    ]);
  });

  it('gives the trace and span that every anchor of the run signs, and that agents find in their context', async () => {
    const { result } = await observedRun([{ trace: () => undefined }, { trace: () => TRACE }]);
    expect(result.auditTrail.length).toBe(4);
    for (const { context } of result.auditTrail) expect(context).toMatchObject(TRACE_IDS);
    expect(result.result).toEqual({ sum: 2, trace: TRACE });
  });
});

const WRONG: Record<string, RunObserver> = {
  'throws before the work': {
    aroundRun: () => {
      throw new Error('observer');
    },
    aroundInvocation: () => {
      throw new Error('observer');
    },
    aroundTool: () => {
      throw new Error('observer');
    },
    on: () => {
      throw new Error('observer');
    },
    trace: () => {
      throw new Error('observer');
    },
  },
  'rejects after the work': {
    aroundRun: (_, next) => next().then(() => Promise.reject(new Error('observer'))),
    aroundInvocation: (_, next) => next().then(() => Promise.reject(new Error('observer'))),
    aroundTool: (_, next) => next().then(() => Promise.reject(new Error('observer'))),
    on: () => Promise.reject(new Error('observer')),
  },
};

const HARMLESS: Record<string, RunObserver> = {
  'never calls next': { aroundRun: never, aroundInvocation: () => undefined, aroundTool: never },
  'calls next many times': {
    aroundRun: (_, next) => Promise.all([next(), next(), next()]),
    aroundInvocation: async (_, next) => [await next(), await next(), await next()],
    aroundTool: (_, next) => [next(), next()],
  },
  'calls next late': {
    aroundInvocation: (_, next) => new Promise((resolve) => setTimeout(() => resolve(next()), 5)),
    aroundTool: (_, next) => new Promise((resolve) => setTimeout(() => resolve(next()), 5)),
  },
  'never ends': {
    aroundRun: (_, next) => next().then(never),
    aroundInvocation: (_, next) => next().then(never),
  },
  'returns another output': {
    aroundRun: () => 'forged',
    aroundInvocation: (_, next) => next().then(() => ({ output: () => 'forged', outcome: 'success' })),
    aroundTool: () => 99,
  },
  'tries to change what it sees': {
    aroundRun: (run, next) => {
      tamper(run, { runId: 'x', pattern: 'y' });
      return next().then((end) => tamper(end, { outcome: 'failed' }));
    },
    aroundInvocation: (call, next) => {
      tamper(call.input() as object, { x: 99 });
      tamper(call, { action: 'everything' });
      return next().then((end) => {
        tamper(end.denial ?? {}, { code: 'none' });
        tamper((end.output() ?? {}) as object, { sum: 99 });
      });
    },
    on: (event) => {
      tamper(event, { type: 'forged' });
      if (event.type === 'recorded') tamper(event.anchor, { result: 'denied' });
    },
    trace: () => ({ traceparent: 'forged' }),
  },
};

/** Overwrites members wherever that is possible. */
function tamper(seen: object, members: object): void {
  try {
    Object.assign(seen, members);
  } catch {}
}

describe('an observer that', () => {
  it.each(Object.entries({ ...WRONG, ...HARMLESS }))('%s changes nothing', async (_, observer) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { notes, observer: watcher } = spy();
    const { result, acted, world } = await observedRun([watcher, observer, observer]);
    expect(result.result).toEqual({ sum: 2, trace: undefined });
    expect(acted()).toBe(1);
    const trail = await world.trail(result.runId);
    expect(trail.map(({ result: is }) => is)).toEqual(['success', 'success', 'denied', 'success']);
    expect(notes).toHaveLength(4);
  });

  it.each(Object.entries(WRONG))('%s is reported once for each hook', async (_, observer) => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    await observedRun([observer]);
    const texts = warn.mock.calls.filter(
      ([, how]) => (how as { code?: string })?.code === 'EATP_OBSERVER_FAILED',
    );
    const hooks = texts.map(
      ([text]) => /^observers\[0\]\.(\w+) failed and was skipped: Error: observer/.exec(String(text))?.[1],
    );
    expect([...hooks].sort()).toEqual(Object.keys(observer).sort());
  });
});

it.each([[[]], [[{}]], [[null]], [[{ around: () => 1 }]], ['spy']])(
  'a runtime refuses %j as observers, except an empty list',
  async (observers) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const make = () => world.runtime([alice], () => 1, { observers: observers as never });
    if (Array.isArray(observers) && observers.length === 0) expect(make()).toBeDefined();
    else expect(make).toThrow('observers');
  },
);

it('the events of a denied participant reach an observer', async () => {
  const world = await World.make();
  const { events, ends, observer } = spy();
  const alice = await world.agent('alice', undefined, { establish: false });
  await rejection(
    world.execute([alice], () => 1, { humanOrigin: ALICE, settings: { observers: [observer] } }),
  );
  await settled();
  expect(events.map(({ type }) => type)).toContain('denied');
  expect(ends).toMatchObject([{ code: 'AGENT_NOT_TRUSTED' }]);
});
