import { EventEmitter } from 'node:events';
import type { HumanOrigin, InvocationContext } from '@kaizen-eatp/core';
import { isHeavy } from 'suite-store';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, World } from './world.js';

const RUNS = isHeavy ? 60 : 1_000;
const AT_A_TIME = 50;
const BOB: HumanOrigin = { ...ALICE, humanId: 'bob@acme.example', displayName: 'Bob' };
const PEOPLE = [ALICE, BOB];

type Job = () => unknown;
/** Does jobs for all callers, in the asynchronous context of the caller that started it. */
type Machinery = (job: Job) => Promise<unknown>;

const settled = (job: Job, resolve: (value: unknown) => void, reject: (error: unknown) => void): void =>
  void Promise.resolve().then(job).then(resolve, reject);

/** Queues jobs, and does them from a timer that the first of them starts. */
function batcher(): Machinery {
  const queue: Job[] = [];
  let isTimerSet = false;
  const work = (): void => {
    isTimerSet = false;
    for (const job of queue.splice(0)) job();
  };
  return (job) =>
    new Promise((resolve, reject) => {
      queue.push(() => settled(job, resolve, reject));
      if (!isTimerSet) setTimeout(work, 1);
      isTimerSet = true;
    });
}

/** Emits each job to a listener that was added in the first run. */
function emitter(): Machinery {
  const events = new EventEmitter();
  return (job) =>
    new Promise((resolve, reject) => {
      if (events.listenerCount('job') === 0) events.on('job', (next: Job) => next());
      events.emit('job', () => settled(job, resolve, reject));
    });
}

/** A few workers that live on, each in the context in which it was started. */
function pool(): Machinery {
  const queue: Job[] = [];
  const idle: (() => void)[] = [];
  const worker = async (): Promise<void> => {
    for (;;) {
      const job = queue.shift();
      if (job) job();
      else await new Promise<void>((resolve) => idle.push(resolve));
    }
  };
  let workers = 0;
  return (job) =>
    new Promise((resolve, reject) => {
      queue.push(() => settled(job, resolve, reject));
      if (workers < 3) void worker();
      workers += 1;
      idle.shift()?.();
    });
}

describe('machinery that runs of two people share', () => {
  it.each<[string, Machinery]>([
    ['a batcher with a timer', batcher()],
    ['an event emitter', emitter()],
    ['a pool of workers', pool()],
  ])(
    'widens no right and mixes no trails: %s',
    async (_what, machinery) => {
      const world = await World.make();
      const pay = vi.fn();
      const boss = await world.agent('boss', undefined, { capabilities: ['read'] });
      const worker = await world.agent(
        'worker',
        async (input: unknown, context: InvocationContext) => {
          const read = await machinery(() => context.callTool('read', { input }));
          const denied = await rejection(
            machinery(() => context.callTool('pay', { input })) as Promise<unknown>,
          );
          const object = await rejection(machinery(() => worker.callTool('pay')) as Promise<unknown>);
          return [read, denied.code, object.code];
        },
        {
          capabilities: ['read', 'pay'],
          tools: {
            pay,
            read: (_args: unknown, { runId, humanOrigin }: InvocationContext) => [
              runId,
              humanOrigin?.humanId,
            ],
          },
        },
      );
      const runtime = world.runtime([boss, worker], async ({ agents: [b, w], input, delegate, invoke }) => {
        await delegate(b!, w!, { capabilities: ['read'] });
        return invoke(w!, input);
      });

      const pseudonyms = new Map<string, Set<string>>(PEOPLE.map(({ humanId }) => [humanId, new Set()]));
      for (let from = 0; from < RUNS; from += AT_A_TIME) {
        const runs = Array.from({ length: AT_A_TIME }, async (_, i) => {
          const humanOrigin = PEOPLE[i % 2]!;
          const taskId = `task-${from + i}`;
          const run = await runtime.execute(from + i, { pattern: 'probe', humanOrigin, taskId });
          expect(run.result).toEqual([
            [run.runId, humanOrigin.humanId],
            'VERIFICATION_DENIED',
            'STANDALONE_REQUIRED',
          ]);
          expect(run.auditTrail).toHaveLength(4);
          for (const { context } of run.auditTrail) {
            expect(context).toMatchObject({ task_id: taskId, trail: { id: run.runId } });
            expect(String(context?.invocation_id ?? run.runId)).toContain(run.runId);
            pseudonyms.get(humanOrigin.humanId)!.add((context!.person as { pseudonym: string }).pseudonym);
          }
          const tool = run.auditTrail.find(({ resource }) => resource === 'tool:read');
          expect(tool?.context?.details).toEqual({ tool: 'read', arguments: { input: from + i } });
        });
        await Promise.all(runs);
      }
      expect(pay).not.toHaveBeenCalled();
      expect(await world.store.readTrail('outside-runs')).toEqual([]);
      const [ofAlice, ofBob] = [...pseudonyms.values()].map((names) => [...names]);
      expect([ofAlice?.length, ofBob?.length]).toEqual([1, 1]);
      expect(ofAlice).not.toEqual(ofBob);
    },
    180_000,
  );

  it('serves a later run after the run that started it has ended', async () => {
    const world = await World.make();
    const machinery = batcher();
    const alice = await world.agent(
      'alice',
      (_input: unknown, context: InvocationContext) => machinery(() => context.callTool('read')),
      { capabilities: ['read'], tools: { read: (_args: unknown, { runId }: InvocationContext) => runId } },
    );
    const runtime = world.runtime([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    for (let i = 0; i < 3; i++) {
      const { result, runId, auditTrail } = await runtime.execute(i, { pattern: 'probe' });
      expect(result).toBe(runId);
      expect(auditTrail).toHaveLength(3);
    }
  });
});
