import { isEatpError } from '@kaizen-eatp/core';
import { VerificationDeniedError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { isHeavy } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { type AgentPlan, Machines, MortalStore } from './crashes.js';

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Two chains side by side, which finish in an order that the pattern's result shows. */
const racing = definePattern({
  name: 'racing',
  async execute({ agents, delegate, invoke, share, verify, now, random, input }) {
    const [lead, ...others] = agents;
    const seen: unknown[] = [await invoke(lead!, input)];
    const startedAt = await now();
    const chance = await random();
    await Promise.all(
      others.map(async (agent, i) => {
        await delegate(lead!, agent);
        for (let step = 1; step <= 2; step++) {
          seen.push(await invoke(agent, { step, i }).catch((error: { code: string }) => error.code));
          // The number of a later request depends on which outcome came first.
          seen.push(await invoke(agent, { step, i, at: seen.length }));
        }
      }),
    );
    const { valid } = await verify(lead!, 'execute');
    await share(lead!, { seen: seen.length }, { action: 'execute' });
    return { seen, valid, startedAt, chance };
  },
});

const plan = (delay: number): AgentPlan => ({
  work: async (input) => {
    await after(delay);
    return { got: input };
  },
});
const plans = { lead: plan(0), fast: plan(1), slow: plan(3) };

describe('a durable run', () => {
  it('is executed by a worker, and gives its result, state and trail to any process', async () => {
    const machines = await Machines.make(plans, [racing]);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit({ a: 1 }, { pattern: 'racing' } as never);
    const elsewhere = machines.process().runtime.attach(run.runId);
    expect(await elsewhere.result()).toMatchObject({ valid: true, startedAt: expect.any(Date) });
    expect(await elsewhere.status()).toMatchObject({ state: 'succeeded', pattern: 'racing' });
    const events = [];
    for await (const { sequence, anchor } of elsewhere.events(2)) events.push([sequence, anchor.action]);
    expect(events[0]).toEqual([3, expect.any(String)]);
    expect(events.at(-1)?.[1]).toBe('orchestration_complete');
    await machines.expectSound(run.runId);
    await serving.stop();
  });

  it('ends the same wherever its process dies, before and after every commit', async () => {
    const whole = await Machines.make(plans, [racing]);
    const { commits } = await whole.executeWithCrashes('x', { pattern: 'racing' }, []);
    expect(commits).toBeGreaterThan(8);
    const stride = isHeavy ? 5 : 1;
    const dieAt = async (last: number, isApplied: boolean): Promise<void> => {
      const machines = await Machines.make(plans, [racing]);
      const again = last % 2 === 0 ? [{ last: 1 + (last % 5), isApplied: !isApplied }] : [];
      const crashes = [{ last, isApplied }, ...again];
      const { result, runId } = await machines.executeWithCrashes('x', { pattern: 'racing' }, crashes);
      expect(result, `commit ${last}, ${isApplied ? 'applied' : 'not applied'}`).toMatchObject({
        valid: true,
      });
      expect((result as { seen: unknown[] }).seen).toHaveLength(9);
      await machines.expectSound(runId);
    };
    for (let last = 1; last <= commits; last += stride)
      await Promise.all([dieAt(last, false), dieAt(last, true)]);
  });

  it('stores an outcome with the next intent, and by itself if the pattern requests nothing more', async () => {
    const steps = definePattern({
      name: 'steps',
      async execute({ agents, delegate, invoke, input, runId }) {
        const [lead, ...others] = agents;
        await invoke(lead!, input);
        for (const agent of others) {
          await delegate(lead!, agent);
          await invoke(agent, input);
        }
        while (input === 'pauses' && (await machines.store.readTrail(runId)).length < 3) await after(1);
        return 'done';
      },
    });
    const machines: Machines = await Machines.make(plans, [steps]);
    const { commits } = await machines.executeWithCrashes('x', { pattern: 'steps' }, []);
    // The claim goes with the first intent, each delegation with its use, each outcome with the next intent or the end.
    expect(commits).toBe(4);
    const slow = machines.process();
    const serving = await slow.worker();
    const run = await slow.runtime.submit('pauses', { pattern: 'steps' } as never);
    expect(await run.result()).toBe('done');
    await machines.expectSound(run.runId);
    await serving.stop();
  });

  it('gives errors that are what they were, after a replay too', async () => {
    const catching = definePattern({
      name: 'catching',
      async execute({ agents: [a, b], delegate, invoke }) {
        const failed = await invoke(a!, 'fail').catch((error: unknown) => error);
        await delegate(a!, b!, { capabilities: ['execute'] });
        const denied = await invoke(b!, 1, { action: 'pay' }).catch((error: unknown) => error);
        await invoke(a!, 'go on');
        return {
          failed: isEatpError(failed, 'AGENT_FAILED') && (failed.cause as Error).message,
          agentId: (failed as { agentId: string }).agentId,
          isDenied: denied instanceof VerificationDeniedError,
          denial: denied instanceof VerificationDeniedError && denied.denial.code,
        };
      },
    });
    const work = (input: unknown) => {
      if (input === 'fail') throw new RangeError('too far');
      return input;
    };
    const machines = await Machines.make({ a: { work }, b: { work } }, [catching]);
    // The process dies at the intent of the last step, so that all before it are replayed.
    const crash = [{ last: 3, isApplied: false }];
    const { result } = await machines.executeWithCrashes(null, { pattern: 'catching' }, crash);
    const expected = { failed: 'too far', agentId: 'agent-a', isDenied: true, denial: 'DELEGATION_SCOPE' };
    expect(result).toEqual(expected);
  });

  it('tells a pattern that an act may have been done, unless its agent can be called again', async () => {
    const once = definePattern({
      name: 'once',
      async execute({ agents: [a], invoke }) {
        return invoke(a!, 'act').catch((error: { code: string }) => error.code);
      },
    });
    const crash = [{ last: 2, isApplied: false }];
    for (const [interrupted, result, attempts] of [
      ['unknown', 'AGENT_DISCONNECTED', [1]],
      ['retry', 'done', [1, 2]],
    ] as const) {
      const machines = await Machines.make({ a: { work: () => 'done', interrupted } }, [once]);
      const ended = await machines.executeWithCrashes(null, { pattern: 'once' }, crash);
      expect(ended.result).toBe(result);
      expect(machines.acts.map(({ attempt }) => attempt)).toEqual(attempts);
      expect(new Set(machines.acts.map(({ key }) => key))).toEqual(new Set(['run-1/1']));
      await machines.expectSound('run-1');
    }
  });

  it('keeps its intents from recover(), however old they are', async () => {
    let act = (): void => undefined;
    const acted = new Promise<void>((resolve) => {
      act = resolve;
    });
    const once = definePattern({
      name: 'once',
      execute: ({ agents: [a], invoke }) => invoke(a!, 'act'),
    });
    const machines = await Machines.make({ a: { work: () => acted.then(() => 'done') } }, [once]);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit(null, { pattern: 'once' } as never);
    while (machines.acts.length === 0) await after(5);
    expect(await machines.trust.recover()).toEqual([]);
    act();
    expect(await run.result()).toBe('done');
    await machines.expectSound(run.runId);
    await serving.stop();
  });

  it('stops, with a recorded denial, if an agent was revoked while no worker was there', async () => {
    const { result, runId, machines } = await (async () => {
      const made = await Machines.make(plans, [racing]);
      const { runtime } = made.process();
      const started = await runtime.submit('x', { runId: 'run-1', pattern: 'racing' } as never);
      const mortal = new MortalStore(made.store, 9, true);
      const serving = await made.process(mortal).worker();
      while (!mortal.isDead) await after(5);
      await serving.stop();
      const acts = made.acts.length;
      await made.trust.revoke({ agentId: 'agent-slow', reason: 'left' });
      const next = await made.process().worker();
      const ended = await started.result().catch((error: unknown) => error);
      await next.stop();
      expect(made.acts.length).toBe(acts);
      return { result: ended, runId: started.runId, machines: made };
    })();
    expect(isEatpError(result, 'AGENT_NOT_TRUSTED')).toBe(true);
    const anchors = (await machines.store.readTrail(runId)).map(({ text }) => JSON.parse(text));
    expect(anchors.at(-2)).toMatchObject({ result: 'denied' });
    expect(anchors.at(-1)).toMatchObject({ action: 'orchestration_failed' });
    expect((await machines.trust.verifyTrail(runId)).valid).toBe(true);
  });

  it('continues the runs inside it, wherever its process dies', async () => {
    const outer = definePattern({
      name: 'outer',
      execute: ({ agents: [boss], invoke }) =>
        invoke(boss!, 'go').catch((error: { code: string }) => error.code),
    });
    const inner = definePattern({
      name: 'inner',
      async execute({ agents: [one, two], delegate, invoke }) {
        const first = await invoke(one!, 1);
        await delegate(one!, two!);
        return [first, await invoke(two!, 2)];
      },
    });
    const makeMachines = (interrupted: 'unknown' | 'retry') => {
      const work: AgentPlan['work'] = async (_input, context, runtime) => {
        const options = { pattern: 'inner', agents: ['one', 'two'], within: context };
        return (await runtime().execute(0, options as never)).result;
      };
      const echo = { work: (input: unknown) => input };
      return Machines.make({ boss: { work, interrupted }, one: echo, two: echo }, [outer, inner]);
    };
    const whole = await makeMachines('retry');
    const { commits, result: expected } = await whole.executeWithCrashes(null, { pattern: 'outer' }, []);
    expect(expected).toEqual([1, 2]);
    const ends = { retry: new Set<string>(), unknown: new Set<string>() };
    const dieAt = async (
      last: number,
      isApplied: boolean,
      interrupted: 'unknown' | 'retry',
    ): Promise<void> => {
      const machines = await makeMachines(interrupted);
      const { result } = await machines.executeWithCrashes(null, { pattern: 'outer' }, [{ last, isApplied }]);
      ends[interrupted].add(JSON.stringify(result));
      await machines.expectSound('run-1');
      if (await machines.store.trailHead('run-1/1~1')) await machines.expectSound('run-1/1~1');
    };
    for (let last = 1; last <= commits; last += isHeavy ? 4 : 1)
      await Promise.all(
        [false, true].flatMap((isApplied) => [
          dieAt(last, isApplied, 'retry'),
          dieAt(last, isApplied, 'unknown'),
        ]),
      );
    expect([...ends.retry]).toEqual(['[1,2]']);
    expect([...ends.unknown].sort()).toEqual(['"AGENT_DISCONNECTED"', '[1,2]']);
  });

  it('does not use a tool again that succeeded in an attempt whose end is unknown', async () => {
    const used: string[] = [];
    const tools = {
      pay: {
        capability: 'pay',
        run: (args: unknown, { idempotencyKey }: { idempotencyKey: string }) => {
          used.push(`${JSON.stringify(args)} ${idempotencyKey}`);
          return { paid: args };
        },
      },
    };
    const payer: AgentPlan = {
      work: async (_input, context) => [
        await context.callTool('pay', { amount: 1 }),
        await context.callTool('pay', { amount: 2 }),
      ],
      capabilities: ['pay'],
      tools,
    };
    const once = definePattern({
      name: 'once',
      execute: ({ agents: [a], invoke }) => invoke(a!, 'act'),
    });
    // Commits: claim, intent, intent and outcome of the first tool, intent and outcome of the second, outcome.
    for (let last = 2; last <= 7; last++) {
      used.length = 0;
      const machines = await Machines.make({ payer }, [once]);
      const crash = [{ last, isApplied: true }];
      const { result } = await machines.executeWithCrashes(null, { pattern: 'once' }, crash);
      expect(result).toEqual([{ paid: { amount: 1 } }, { paid: { amount: 2 } }]);
      // An act whose intent was stored and whose outcome was not may be repeated, under the same key.
      const keys = new Set(used);
      expect([...keys]).toEqual(['{"amount":1} run-1/1.1', '{"amount":2} run-1/1.2']);
      expect(used.length).toBeLessThanOrEqual(3);
      await machines.expectSound('run-1');
    }
  });
});
