import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { InvocationContext, RunEvent } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../src/runtime/event-stream.js';
import { World } from './world.js';

const KEPT = 10_000;

const event = (n: number): RunEvent => ({ runId: 'run-1', at: n, type: 'progress', progress: n });

async function read(stream: AsyncIterable<RunEvent>, count = Number.POSITIVE_INFINITY): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const one of stream) if (events.push(one) >= count) break;
  return events;
}

const numbers = (events: readonly RunEvent[]): number[] =>
  events.flatMap((one) => (one.type === 'progress' ? [one.progress as number] : []));

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('the events of a run', () => {
  it('are read in order, each once, by whichever reader comes first', async () => {
    const stream = new EventStream();
    for (let i = 0; i < 5; i++) stream.push(event(i));
    expect(numbers(await read(stream, 2))).toEqual([0, 1]);
    stream.push(event(5));
    stream.end();
    expect(numbers(await read(stream))).toEqual([2, 3, 4, 5]);
    expect(await read(stream)).toEqual([]);
  });

  it('reach a reader that waits, and end for every reader when the run ends', async () => {
    const stream = new EventStream();
    const readers = [read(stream), read(stream)];
    for (let i = 0; i < 4; i++) {
      stream.push(event(i));
      await new Promise(setImmediate);
    }
    stream.end();
    stream.push(event(99));
    const all = numbers((await Promise.all(readers)).flat());
    expect(all.sort()).toEqual([0, 1, 2, 3]);
  });

  it('are bounded by their size as well: the oldest go first, and the newest stays whatever its size', async () => {
    const stream = new EventStream();
    const large = (n: number): RunEvent =>
      ({ ...event(n), progress: { n, text: 'x'.repeat(2 ** 20) } }) as RunEvent;
    for (let i = 0; i < 100; i++) stream.push(large(i));
    stream.end();
    const [dropped, ...kept] = await read(stream);
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.length).toBeLessThan(10);
    expect(dropped).toMatchObject({ type: 'events_dropped', count: 100 - kept.length });
    expect(kept.at(-1)).toMatchObject({ progress: { n: 99 } });
    const alone = new EventStream();
    alone.push({ ...event(0), progress: new Uint8Array(2 ** 25) } as RunEvent);
    alone.end();
    expect(await read(alone)).toMatchObject([{ type: 'progress' }]);
  });

  it.each([
    ['many elements', () => Array.from({ length: 3_000_000 }, () => 0)],
    ['nested text', () => ({ a: new Map([['k', new Set(['x'.repeat(2 ** 23)])]]) })],
    [
      'a hostile object',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
    ],
  ])('that hold %s count as large', async (_what, make) => {
    const stream = new EventStream();
    for (let i = 0; i < 3; i++) stream.push({ ...event(i), progress: make() } as RunEvent);
    stream.end();
    expect(await read(stream)).toMatchObject([{ type: 'events_dropped', count: 2 }, { type: 'progress' }]);
  });

  it('are not kept once they were read', async () => {
    const stream = new EventStream();
    const first = new WeakRef(event(0));
    const keep: RunEvent[] = [];
    const push = (): void => {
      stream.push(first.deref() as RunEvent);
      for (let i = 1; i < 5_000; i++) stream.push(event(i));
    };
    push();
    keep.push(...(await read(stream, 4_999)).slice(-1));
    await new Promise(setImmediate);
    collectGarbage();
    expect(first.deref()).toBeUndefined();
    expect(numbers(keep)).toEqual([4_998]);
  });

  it('are dropped beyond 10,000 unread ones, the oldest first, and the reader learns how many', async () => {
    const stream = new EventStream();
    const first = new WeakRef(event(0));
    stream.push(first.deref() as RunEvent);
    for (let i = 1; i < KEPT * 3 + 7; i++) stream.push(event(i));
    await new Promise(setImmediate);
    collectGarbage();
    expect(first.deref()).toBeUndefined();
    stream.end();
    const [told, ...rest] = await read(stream);
    expect(told).toMatchObject({ type: 'events_dropped', count: KEPT * 2 + 7, runId: 'run-1' });
    expect(rest).toHaveLength(KEPT);
    expect(numbers(rest).at(0)).toBe(KEPT * 2 + 7);
    expect(numbers(rest).at(-1)).toBe(KEPT * 3 + 6);
  });

  it('say again how many were dropped after a reader has caught up', async () => {
    const stream = new EventStream();
    for (let i = 0; i < KEPT + 2; i++) stream.push(event(i));
    const caughtUp = await read(stream, KEPT + 1);
    expect(caughtUp[0]).toMatchObject({ type: 'events_dropped', count: 2 });
    for (let i = 0; i < KEPT + 3; i++) stream.push(event(i));
    stream.end();
    const rest = await read(stream);
    expect(rest[0]).toMatchObject({ type: 'events_dropped', count: 3 });
    expect(rest.filter(({ type }) => type === 'events_dropped')).toHaveLength(1);
  });

  it('of an agent that reports very often do not pile up where they are not read', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (_input: unknown, { report }: InvocationContext) => {
      for (let i = 0; i < KEPT * 2; i++) report(i);
    });
    const handle = world.start([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    await handle.result;
    const events = await read(handle.events);
    expect(events).toHaveLength(KEPT + 1);
    expect(events[0]).toMatchObject({ type: 'events_dropped' });
    expect(events.at(-1)).toMatchObject({ type: 'run_ended', outcome: 'success' });
  });
});
