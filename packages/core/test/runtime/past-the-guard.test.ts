import {
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import type { AgentHandle } from '@kaizen-eatp/core/plugin';
import { TrustStore } from '@kaizen-eatp/core/store';
import { describe, expect, it, vi } from 'vitest';
import { rejection, World } from './world.js';

const CONTRACT = 'PATTERN_CONTRACT_BROKEN';

describe('pattern code reaches agents by nothing but the handles of its own run', () => {
  const fakes: [string, (handle: AgentHandle) => unknown][] = [
    [
      'an object that looks like one',
      ({ id, name }) => ({ id, name, capabilities: [], isSupervisor: false, can: () => true }),
    ],
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
          expect(await rejection(attempt())).toMatchObject({
            code: CONTRACT,
            expected: 'one of execution.agents',
          });
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
        expect(error, method).toMatchObject({
          code: 'MISSING_ROLE_METHOD',
          evidence: { agentName: alice.name },
        });
      }
    }
  });

  it('finds no agent, trust operations or store in anything it is given', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const guarded = [
      TrustedAgent,
      TrustOperations,
      TrustStore,
      MemoryTrustStore,
      TrustAwareOrchestrationRuntime,
    ];
    const found: string[] = [];
    await world.execute(agents, async (execution) => {
      const {
        agents: [a, b],
        delegate,
        verify,
        invoke,
        share,
      } = execution;
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
        if (typeof value === 'object' && ['commit', 'sign', 'kernel'].some((name) => name in value))
          found.push(path);
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
      expect(() => (a!.capabilities as string[]).push('everything')).toThrow(TypeError);
      expect(() => (execution.agents as AgentHandle[]).push(a!)).toThrow(TypeError);
      const shared = (await execution.share(a!, { list: [1] }, { action: 'execute' })) as { list: number[] };
      expect(() => shared.list.push(2)).toThrow(TypeError);
    });
  });
});

/** Everything that can be walked to: own and inherited properties, by string and by symbol, accessors included. */
function reachable(roots: readonly unknown[]): Map<string, object> {
  const seen = new Set<object>();
  const found = new Map<string, object>();
  const walk = (path: string, value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
      return;
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
