import type { InvocationContext, RunEvent } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { never, rejection, World } from './world.js';

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

async function watched(onEvent?: (event: RunEvent) => unknown) {
  const world = await World.make();
  const alice = await world.agent('alice', (_input: unknown, context: InvocationContext) =>
    context.report('half'),
  );
  const bob = await world.agent('bob');
  const handle = world.start(
    [alice, bob],
    async ({ agents: [a, b], delegate, invoke, share, report }) => {
      report({ step: 1 });
      await invoke(a!, 1);
      await delegate(a!, b!, { capabilities: ['execute'] });
      await rejection(invoke(b!, 1, { action: 'send_mail' }));
      await share(b!, { note: 1 }, { action: 'execute' });
    },
    onEvent ? { onEvent } : {},
  );
  return { world, handle };
}

describe('start()', () => {
  it('tells what happens in the run, in order', async () => {
    const { handle } = await watched();
    const events = await collect(handle.events);
    const result = await handle.result;
    expect(events.filter(({ type }) => type !== 'recorded')).toMatchObject([
      { type: 'run_started', taskId: handle.taskId, pattern: 'probe', agents: ['alice', 'bob'] },
      { type: 'progress', progress: { step: 1 } },
      {
        type: 'invocation_started',
        invocationId: `${handle.runId}/1`,
        agentId: 'agent-alice',
        action: 'execute',
      },
      { type: 'progress', invocationId: `${handle.runId}/1`, agentId: 'agent-alice', progress: 'half' },
      { type: 'invocation_ended', invocationId: `${handle.runId}/1`, outcome: 'success' },
      {
        type: 'delegated',
        from: 'agent-alice',
        to: 'agent-bob',
        delegation: { id: result.delegations[0]?.id },
      },
      { type: 'denied', agentId: 'agent-bob', action: 'send_mail', denial: { code: 'DELEGATION_SCOPE' } },
      {
        type: 'invocation_ended',
        invocationId: `${handle.runId}/2`,
        outcome: 'failed',
        code: 'VERIFICATION_DENIED',
      },
      { type: 'shared', agentId: 'agent-bob', action: 'execute', value: { note: 1 } },
      { type: 'run_ended', outcome: 'success' },
    ]);
    expect(events.every(({ runId, at }) => runId === handle.runId && Number.isFinite(at))).toBe(true);
  });

  it('tells of every anchor once it is stored', async () => {
    const { handle } = await watched();
    const events = await collect(handle.events);
    const { auditTrail } = await handle.result;
    const recorded = events.flatMap((event) => (event.type === 'recorded' ? [event.anchor.id] : []));
    expect(recorded).toEqual(auditTrail.map(({ id }) => id));
  });

  it('loses nothing if it is read late, and keeps nothing that was read', async () => {
    const early: RunEvent[] = [];
    const { handle } = await watched((event) => early.push(event));
    await handle.result;
    const late = await collect(handle.events);
    expect(late).toEqual(early);
    expect(late.at(0)?.type).toBe('run_started');
    expect(late.at(-1)?.type).toBe('run_ended');
    expect(await collect(handle.events)).toEqual([]);
  });

  it('ends the events of a run that fails, and rejects as execute does', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => Promise.reject(new Error('no')));
    const handle = world.start([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    const events = await collect(handle.events);
    expect(events.at(-1)).toMatchObject({ type: 'run_ended', outcome: 'failed', code: 'AGENT_FAILED' });
    const error = await rejection(handle.result);
    expect(error.code).toBe('AGENT_FAILED');
    expect(error.run?.runId).toBe(handle.runId);
    await world.remains(error);
  });

  it('says that the run has ended only when its end is recorded', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => Promise.reject(new Error('no')));
    const handle = world.start([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    handle.result.catch(() => undefined);
    for await (const event of handle.events) {
      if (event.type !== 'run_ended') continue;
      const trail = await world.store.readTrail(handle.runId);
      expect(trail.at(-1)?.text).toContain('orchestration_failed');
    }
  });

  it('is cancelled by its handle, and by the signal that it was given', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const byHandle = world.start([alice], never);
    byHandle.cancel('enough');
    expect(await rejection(byHandle.result)).toMatchObject({
      code: 'EXECUTION_CANCELLED',
      received: 'enough',
    });
    const canceller = new AbortController();
    const bySignal = world.start([alice], never, { signal: canceller.signal });
    canceller.abort('enough');
    expect(await rejection(bySignal.result)).toMatchObject({
      code: 'EXECUTION_CANCELLED',
      received: 'enough',
    });
    byHandle.cancel('again');
  });

  it('calls onEvent as well', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const heard: string[] = [];
    const handle = world.start([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), {
      onEvent: ({ type }) => heard.push(type),
    });
    expect((await collect(handle.events)).map(({ type }) => type)).toEqual(heard);
  });
});

describe('a listener that throws', () => {
  it('changes nothing about the run', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const { auditTrail, runId } = await world.execute(
      agents,
      async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'] });
        return invoke(b!, 1);
      },
      {
        onEvent: () => {
          throw new Error('a careless listener');
        },
      },
    );
    expect(auditTrail).toHaveLength(2);
    expect(await world.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
  });
});

describe('a report of progress', () => {
  it('is a copy: what the agent does to its object afterwards does not show', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (_input: unknown, context: InvocationContext) => {
      const state = { done: 1 };
      context.report(state);
      state.done = 2;
    });
    const handle = world.start([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    const events = await collect(handle.events);
    await handle.result;
    const [progress] = events.filter(({ type }) => type === 'progress');
    expect(progress).toMatchObject({ agentId: 'agent-alice', progress: { done: 1 } });
    expect(Object.isFrozen((progress as { progress: unknown }).progress)).toBe(true);
  });

  it.each([
    ['an agent', true],
    ['a pattern', false],
  ])('of %s must be a value', async (_who, isAgent) => {
    const world = await World.make();
    const odd = () => 1;
    const alice = await world.agent('alice', (_input: unknown, { report }: InvocationContext) =>
      isAgent ? report({ odd }) : undefined,
    );
    const run = world.execute([alice], ({ agents: [a], invoke, report }) => {
      if (!isAgent) report({ odd });
      return invoke(a!, 1);
    });
    const error = await rejection(run);
    expect(
      JSON.stringify([error.message, error.received, (error.cause as Error | undefined)?.message]),
    ).toContain('odd');
  });
});
