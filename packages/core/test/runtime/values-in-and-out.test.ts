import { type InvocationContext, opaque } from '@kaizen-eatp/core';
import { captureValue } from '@kaizen-eatp/core/records';
import { describe, expect, it, vi } from 'vitest';
import { eventually, rejection, said, World } from './world.js';

const HASH = /^[0-9a-f]{64}$/;

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
class Order {
  amount = 1;
}

describe('a value that an agent gets and returns', () => {
  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['-0', -0],
    ['undefined', undefined],
    ['a bigint', 2n ** 80n],
    ['a Map', new Map([[{ key: 1 }, new Set(['x'])]])],
    ['a Date in an object', { at: new Date(0) }],
    ['bytes', new Uint8Array([1, 2, 255])],
    ['an Error', new TypeError('no')],
    ['a deep one', { list: [1, { two: [null, true] }] }],
  ])('arrives as it is and is recorded by a digest: %s', async (_what, value) => {
    const world = await World.make();
    const seen: unknown[] = [];
    const alice = await world.agent('alice', (input: unknown) => {
      seen.push(input);
      return input;
    });
    const { result, auditTrail } = await world.execute([alice], ({ agents: [a], invoke }) =>
      invoke(a!, value),
    );
    expect(seen).toEqual([value]);
    expect(result).toEqual(value);
    const [anchor, end] = auditTrail;
    expect(anchor?.context?.input_digest).toMatch(HASH);
    expect(anchor?.context?.output_digest).toBe(anchor?.context?.input_digest);
    expect(end?.context?.output_digest).toBe(anchor?.context?.output_digest);
    expect(anchor?.context).not.toHaveProperty('output_opaque');
  });

  it('has another digest where it is another value', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const values = [null, undefined, Number.NaN, 'NaN', 0, -0, '0', 0n, [], {}, new Map(), new Set()];
    const { auditTrail } = await world.execute([alice], async ({ agents: [a], invoke }) => {
      for (const value of values) await invoke(a!, value);
    });
    const digests = auditTrail.slice(0, values.length).map(({ context }) => context?.output_digest);
    expect(new Set(digests).size).toBe(values.length);
  });

  it('is recorded as it was given, whatever the agent makes of its copy', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (input: { amount: number }) => {
      input.amount = 1;
    });
    const { auditTrail } = await world.execute([alice], ({ agents: [a], invoke }) =>
      invoke(a!, { amount: 5000 }),
    );
    expect(auditTrail[0]?.context?.input_digest).toBe(captureValue({ amount: 5000 }, 'input').digest);
  });

  it('is a copy that each agent can change, and no other agent sees the change', async () => {
    const world = await World.make();
    const change = (input: { list: number[] }) => {
      input.list.push(input.list.length);
      return input;
    };
    const [alice, bob] = [await world.agent('alice', change), await world.agent('bob', change)];
    const given = { list: [] as number[] };
    const { result } = await world.execute(
      [alice, bob],
      async ({ agents: [a, b], input, delegate, invoke }) => {
        const first = (await invoke(a!, input)) as { list: number[] };
        await delegate(a!, b!, { capabilities: ['execute'] });
        const second = await invoke(b!, first);
        first.list.push(99);
        return [input, first, second];
      },
      { input: given },
    );
    expect(result).toEqual([{ list: [] }, { list: [0, 99] }, { list: [0, 1] }]);
    expect(given).toEqual({ list: [] });
  });
});

const UNDESCRIBED: [string, () => unknown][] = [
  ['a cycle', () => cyclic],
  ['an instance of a class', () => ({ order: new Order() })],
  ['a function', () => ({ deep: [() => 1] })],
  ['a stream', () => new ReadableStream()],
  ['a promise inside', () => ({ later: Promise.resolve(1) })],
];

describe('what no record can describe', () => {
  it.each(UNDESCRIBED)('fails the agent that returns it: %s', async (_what, make) => {
    const world = await World.make();
    const alice = await world.agent('alice', make);
    const error = await rejection(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1)));
    expect(error).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'UNSUPPORTED_VALUE', message: expect.stringContaining("output of agent 'alice'") },
    });
    expect(said(await world.remains(error))[0]).toBe('alice execute failure failure');
  });

  it.each(UNDESCRIBED)('is refused as an input before anything is done: %s', async (_what, make) => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const error = await rejection(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, make())));
    expect(error.code).toBe('UNSUPPORTED_VALUE');
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))).toEqual(['alice orchestration_failed failure failure']);
    for (const call of [alice.run(make()), world.execute([alice], () => 1, { input: make() })])
      expect((await rejection(call)).code).toBe('UNSUPPORTED_VALUE');
    expect(work).not.toHaveBeenCalled();
  });

  it.each(UNDESCRIBED)('fails the run whose pattern returns it: %s', async (_what, make) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(world.execute([alice], make));
    expect(error.code).toBe('UNSUPPORTED_VALUE');
    expect(said(await world.remains(error))).toEqual(['alice orchestration_failed failure failure']);
  });

  it('fails the agent that returns a function in a promise', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', async () => () => 1);
    const error = await rejection(alice.run(1));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'UNSUPPORTED_VALUE' } });
  });

  it('passes where it is said to be opaque, and the record says so', async () => {
    const world = await World.make();
    const order = new Order();
    const seen: unknown[] = [];
    const alice = await world.agent('alice', (input: { value: unknown }) => {
      seen.push(input.value);
      return { order: opaque(input.value) };
    });
    const { result, auditTrail } = await world.execute([alice], ({ agents: [a], invoke }) =>
      invoke(a!, opaque(order)),
    );
    expect(seen[0]).toBe(order);
    expect((result as { order: { value: unknown } }).order.value).toBe(order);
    expect(auditTrail[0]?.context).toMatchObject({ input_opaque: true, output_opaque: true });
    expect(auditTrail[1]?.context).toMatchObject({ output_opaque: true });
  });

  it('is too large beyond the limits of the runtime', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (n: number) => Array.from({ length: n }, (_, i) => i));
    const settings = { limits: { maxValueElements: 100 } };
    const run = (n: number) =>
      world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, n), { settings });
    expect((await run(50)).result).toHaveLength(50);
    expect(await rejection(run(500))).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'UNSUPPORTED_VALUE' },
    });
  });
});

describe('an agent that is a generator', () => {
  async function stream(work: (input: never, context: InvocationContext) => unknown) {
    const world = await World.make();
    const alice = await world.agent('alice', work);
    const progress: unknown[] = [];
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), {
      onEvent: (event) => {
        if (event.type === 'progress') progress.push([event.agentId, event.invocationId, event.progress]);
      },
    });
    return { world, progress, run };
  }

  it.each<[string, () => unknown]>([
    [
      'sync',
      function* () {
        yield 'a';
        yield { b: 1 };
        return 'result';
      },
    ],
    [
      'async',
      async function* () {
        yield 'a';
        yield { b: 1 };
        return 'result';
      },
    ],
    [
      'in a promise',
      async () =>
        (function* () {
          yield 'a';
          yield { b: 1 };
          return 'result';
        })(),
    ],
  ])('reports what it yields as progress, and results in what it returns: %s', async (_what, work) => {
    const { progress, run } = await stream(work);
    const { result, runId, auditTrail } = await run;
    expect(result).toBe('result');
    expect(progress).toEqual([
      ['agent-alice', `${runId}/1`, 'a'],
      ['agent-alice', `${runId}/1`, { b: 1 }],
    ]);
    expect(said(auditTrail)[0]).toBe('alice execute success success');
  });

  it('results in its last yield where it returns nothing', async () => {
    const { run } = await stream(async function* () {
      yield 'a';
      yield 'b';
    });
    expect((await run).result).toBe('b');
  });

  it('does not begin before its intent is stored', async () => {
    const open: number[] = [];
    const { run, world } = await stream(async function* () {
      open.push((await world.store.openIntents()).length);
      yield 1;
    });
    await run;
    expect(open).toEqual([1]);
  });

  it('does not begin where it is denied', async () => {
    const world = await World.make();
    const began = vi.fn();
    const alice = await world.agent('alice', function* () {
      began();
      yield 1;
    });
    await rejection(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1, { action: 'pay' })));
    expect(began).not.toHaveBeenCalled();
  });

  it('is stopped by a revocation, and what it yields afterwards is nowhere', async () => {
    const ended = vi.fn();
    const { world, progress, run } = await stream(async function* () {
      try {
        for (let i = 0; ; i++) {
          yield i;
          if (i === 2) await world.trust.revoke({ agentId: 'agent-alice', reason: 'lost' });
          await new Promise(setImmediate);
        }
      } finally {
        ended();
      }
    });
    const error = await rejection(run);
    expect(error.code).toBe('REVOKED');
    await eventually(() => ended.mock.calls.length === 1);
    const seen = progress.length;
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    expect(progress).toHaveLength(seen);
    expect(said(await world.remains(error))[0]).toBe('alice execute denied revoked');
  });

  it('fails where it throws, or yields what no record can describe', async () => {
    const throwing = await stream(function* () {
      yield 1;
      throw new Error('no');
    });
    expect(await rejection(throwing.run)).toMatchObject({ code: 'AGENT_FAILED', cause: { message: 'no' } });
    const yielding = await stream(function* () {
      yield () => 1;
    });
    expect(await rejection(yielding.run)).toMatchObject({
      code: 'AGENT_FAILED',
      cause: { code: 'UNSUPPORTED_VALUE' },
    });
  });

  it('is inside its invocation: it acts through its context, and not through the object of an agent', async () => {
    const world = await World.make();
    const alice = await world.agent(
      'alice',
      async function* (_input: unknown, context: InvocationContext) {
        yield await context.callTool('read');
        yield (await rejection(alice.callTool('read', {}, { standalone: true }))).code;
      },
      { capabilities: ['read'], tools: { read: () => 'letters' } },
    );
    const heard: unknown[] = [];
    const { result } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), {
      onEvent: (event) => void (event.type === 'progress' && heard.push(event.progress)),
    });
    expect(heard).toEqual(['letters', 'STANDALONE_REQUIRED']);
    expect(result).toBe('STANDALONE_REQUIRED');
  });

  it('streams as a tool and outside runs as well', async () => {
    const world = await World.make();
    const alice = await world.agent(
      'alice',
      (_input: unknown, { callTool }: InvocationContext) => callTool('count'),
      {
        capabilities: ['count'],
        tools: {
          *count() {
            yield 1;
            return 2;
          },
        },
      },
    );
    expect(await alice.run(1)).toBe(2);
  });
});
