import {
  type AgentHandle,
  definePattern,
  type DelegationGrant,
  MemoryTrustStore,
  type PatternExecution,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
  TrustStore,
} from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { rejection, World } from './world.js';

const CONTRACT = 'PATTERN_CONTRACT_BROKEN';

describe('pattern code reaches agents by nothing but the handles of its own run', () => {
  const fakes: [string, (handle: AgentHandle) => unknown][] = [
    ['an object that looks like one', ({ id, name }) => ({ id, name, capabilities: [], isSupervisor: false, can: () => true })],
    ['a copy', (handle) => ({ ...handle })],
    ['a JSON clone', (handle) => JSON.parse(JSON.stringify(handle))],
    ['an object that inherits from one', (handle) => Object.create(handle)],
    ['a proxy of one', (handle) => new Proxy(handle, {})],
    ['its name', ({ name }) => name],
    ['its id', ({ id }) => id],
    ['undefined', () => undefined],
    ['null', () => null],
  ];
  it.each(fakes)('not by %s', async (_what, fake) => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice', work), await world.agent('bob', work)];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b], invoke, delegate, verify, share }) => {
        const forged = fake(a!) as AgentHandle;
        for (const attempt of [
          () => invoke(forged, 1),
          () => delegate(forged, b!, { capabilities: ['execute'] }),
          () => delegate(b!, forged, { capabilities: ['execute'] }),
          () => verify(forged, 'execute'),
          () => share(forged, 1, { action: 'execute' }),
        ]) {
          expect(await rejection(attempt())).toMatchObject({ code: CONTRACT, expected: 'one of execution.agents' });
        }
        await invoke(forged, 1);
      }),
    );
    expect(error.code).toBe(CONTRACT);
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('not by a handle of another run', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const kept: AgentHandle[] = [];
    const runtime = world.runtime([alice], async ({ agents, invoke }) => {
      kept.push(agents[0]!);
      if (kept.length === 2) await invoke(kept[0]!, 1);
    });
    await runtime.execute(1, { pattern: 'probe' });
    const error = await rejection(runtime.execute(1, { pattern: 'probe' }));
    expect(error.code).toBe(CONTRACT);
    expect(work).not.toHaveBeenCalled();
  });

  it('not by a method that every object has, which would hand the agent out', async () => {
    const world = await World.make();
    class Agent {
      run = vi.fn();
    }
    const inherited = [...Object.getOwnPropertyNames(Object.prototype)].filter(
      (name) => typeof (Object.prototype as unknown as Record<string, unknown>)[name] === 'function',
    );
    expect(inherited).toContain('valueOf');
    for (const agent of [new Agent(), vi.fn()]) {
      const alice = await world.agent(`alice-${typeof agent}`, agent as never);
      for (const method of inherited) {
        const error = await rejection(
          world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { method })),
        );
        expect(error, method).toMatchObject({ code: 'MISSING_ROLE_METHOD', evidence: { agentName: alice.name } });
      }
    }
  });

  it('finds no agent, trust operations or store in anything it is given', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const guarded = [TrustedAgent, TrustOperations, TrustStore, MemoryTrustStore, TrustAwareOrchestrationRuntime];
    const found: string[] = [];
    await world.execute(agents, async (execution) => {
      const { agents: [a, b], delegate, verify, invoke, share } = execution;
      const grant = await delegate(a!, b!, { capabilities: ['execute'] });
      const denied = await rejection(invoke(a!, 1, { action: 'no_such_right' }));
      const given = [
        execution,
        grant,
        await verify(b!, 'execute'),
        await share(b!, { text: 'x' }, { action: 'execute' }),
        denied,
        await rejection(invoke({} as never, 1)),
      ];
      for (const [path, value] of reachable(given)) {
        if (guarded.some((kind) => value instanceof kind)) found.push(path);
        if (typeof value === 'object' && ['commit', 'sign', 'kernel'].some((name) => name in value)) found.push(path);
      }
    });
    expect(found).toEqual([]);
  });

  it('cannot change what it is given', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    await world.execute(agents, async (execution) => {
      const [a] = execution.agents;
      const writable = execution as unknown as Record<string, unknown>;
      expect(() => Object.assign(writable, { invoke: () => 'mine' })).toThrow(TypeError);
      expect(() => Object.assign(writable, { runId: 'other' })).toThrow(TypeError);
      expect(() => Object.assign(a as object, { id: 'agent-bob' })).toThrow(TypeError);
      expect(() => (a?.capabilities as string[]).push('everything')).toThrow(TypeError);
      expect(() => (execution.agents as AgentHandle[]).push(a!)).toThrow(TypeError);
      const shared = (await execution.share(a!, { list: [1] }, { action: 'execute' })) as { list: number[] };
      expect(() => shared.list.push(2)).toThrow(TypeError);
    });
  });
});

describe('every agent but the first acts under a delegation of its own', () => {
  it('refuses a second agent without one', async () => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice'), await world.agent('bob', work)];
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b], invoke }) => {
        await invoke(a!, 1);
        await invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({
      code: 'DELEGATION_REQUIRED',
      evidence: { agentId: 'agent-bob', leaderId: 'agent-alice' },
    });
    expect(work).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('refuses a second agent that delegates or shares without one', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    for (const attempt of [
      ({ agents: [a, b], delegate }: PatternExecution<never>) => delegate(b!, a!, { capabilities: ['execute'] }),
      ({ agents: [, b], share }: PatternExecution<never>) => share(b!, 1, { action: 'execute' }),
    ]) {
      const error = await rejection(
        world.execute(agents, async (execution) => {
          await execution.invoke(execution.agents[0]!, 1);
          await attempt(execution as never);
        }),
      );
      expect(error.code).toBe('DELEGATION_REQUIRED');
    }
  });

  it("refuses somebody else's delegation, one of another run, and one that was made up", async () => {
    const world = await World.make();
    const work = vi.fn();
    const agents = [await world.agent('alice'), await world.agent('bob'), await world.agent('mallory', work)];
    const kept: DelegationGrant[] = [];
    const runtime = world.runtime(agents, async ({ agents: [a, b, m], invoke, delegate }) => {
      const forBob = await delegate(a!, b!, { capabilities: ['execute'] });
      const forMallory = await delegate(a!, m!, { capabilities: ['execute'] });
      for (const delegation of [forBob, ...kept, { ...forMallory, id: 'del-made-up' }, { ...forBob, to: m! }]) {
        const error = await rejection(invoke(m!, 1, { delegation }));
        expect(error).toMatchObject({ code: 'DELEGATION_NOT_FOUND', evidence: { agentId: 'agent-mallory' } });
      }
      kept.push(forMallory);
    });
    await runtime.execute(1, { pattern: 'probe', taskId: 'same-task' });
    await runtime.execute(1, { pattern: 'probe', taskId: 'same-task' });
    expect(work).not.toHaveBeenCalled();
  });

  it('lets an agent act under the delegation that is named, not the newest', async () => {
    const world = await World.make();
    const both = { capabilities: ['read_mail', 'send_mail'] };
    const agents = [await world.agent('alice', undefined, both), await world.agent('bob')];
    const result = await world.execute(agents, async ({ agents: [a, b], invoke, delegate }) => {
      const first = await delegate(a!, b!, { capabilities: ['send_mail'] });
      await delegate(a!, b!, { capabilities: ['read_mail'] });
      await invoke(b!, 1);
      await invoke(b!, 2, { delegation: first });
    });
    const [first, second] = result.delegations;
    expect(result.auditTrail.slice(0, 2)).toMatchObject([
      { action: 'read_mail', context: { delegation_id: second?.id } },
      { action: 'send_mail', context: { delegation_id: first?.id } },
    ]);
  });
});

describe('the guard sees to more than the pattern says', () => {
  it('does not let a pattern tell the time to a constraint', async () => {
    const world = await World.make();
    world.clock.time = Date.parse('2026-03-02T23:00:00Z');
    const work = vi.fn();
    const alice = await world.agent('alice', work, { constraints: ['business_hours_only'] });
    for (const context of [{ current_time: '2026-03-02T10:00:00' }, { currentTime: new Date('2026-03-02T10:00:00Z') }]) {
      const error = await rejection(
        world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { context }), {
          settings: { requireTrust: false },
        }),
      );
      expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    }
    expect(work).not.toHaveBeenCalled();
  });

  it('refuses a run id that was used before, before any agent acts', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const once = () => world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), { runId: 'run-1' });
    await once();
    const error = await rejection(once());
    expect(['STORE_CONFLICT', 'TRAIL_FORK', 'INVALID_ARGUMENT']).toContain(error.code);
    expect(work).toHaveBeenCalledTimes(1);
    expect(await world.store.openIntents()).toEqual([]);
    await world.trail('run-1');
  });

  it('refuses the id of the trail for what happens outside runs', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = world.runtime([alice], () => 'x');
    expect(await rejection(runtime.execute(1, { pattern: 'probe', runId: 'outside-runs' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('takes an agent for itself, not for whom it says it is', async () => {
    const world = await World.make();
    const work = vi.fn();
    const admin = await world.agent('admin', undefined, { capabilities: ['delete_mail'] });
    const mallory = await world.agent('mallory', work);
    Reflect.set(mallory, 'id', admin.id);
    Reflect.defineProperty(mallory, 'id', { value: admin.id });
    expect(mallory.id).toBe('agent-mallory');
    const error = await rejection(
      world.execute([mallory], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'delete_mail' })),
    );
    expect(error.code).toBe('VERIFICATION_DENIED');
    expect(work).not.toHaveBeenCalled();
  });

  it('is not taken in by a name of Object.prototype for a pattern', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice },
      trust: world.trust,
      patterns: [definePattern({ name: 'probe', execute: async () => 1 })],
    });
    const error = await rejection(runtime.execute(1, { pattern: 'constructor' as never }));
    expect(error.code).toBe('UNKNOWN_PATTERN');
  });
});

/** Everything that can be walked to: own and inherited properties, by string and by symbol, accessors included. */
function reachable(roots: readonly unknown[]): Map<string, object> {
  const seen = new Set<object>();
  const found = new Map<string, object>();
  const walk = (path: string, value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    found.set(path, value);
    // The language's own objects lead to the whole process and tell nothing.
    if (isBuiltIn(value)) return;
    for (const key of Reflect.ownKeys(value)) {
      try {
        walk(`${path}.${String(key)}`, (value as Record<PropertyKey, unknown>)[key]);
      } catch {
        // An accessor that throws gives nothing away.
      }
    }
    walk(`${path}.__proto__`, Object.getPrototypeOf(value));
  };
  roots.forEach((root, i) => void walk(`given[${i}]`, root));
  return found;
}

const BUILT_IN = new Set<unknown>([
  ...Object.getOwnPropertyNames(globalThis).flatMap((name) => {
    const value = (globalThis as Record<string, unknown>)[name] as { prototype?: unknown } | undefined;
    return typeof value === 'function' ? [value, value.prototype] : [value];
  }),
  Function.prototype,
  Object.getPrototypeOf(async () => undefined),
]);

const isBuiltIn = (value: object): boolean => BUILT_IN.has(value);
