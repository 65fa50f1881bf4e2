import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AgentHandle,
  definePattern,
  Pattern,
  type PatternExecution,
  PatternExecutor,
  type PatternPlugin,
} from '@kaizen-eatp/core/plugin';
import type { PatternConformanceSetup } from '@kaizen-eatp/testing';
import { z } from 'zod';
import { allOf } from './broken-patterns/good-pattern.js';
import * as drawnTournament from './correct-patterns/drawn-tournament.js';
import { patientFailover } from './correct-patterns/patient-failover.js';
import { tournament } from './correct-patterns/tournament.js';
import * as twoPhase from './correct-patterns/two-phase.js';

// Correct patterns of many kinds, each with the setup that its author would write. The suite must pass every one.

interface Correct {
  readonly pattern: PatternPlugin;
  readonly setup?: PatternConformanceSetup;
}

type Execute<Options = Record<string, never>> = (execution: PatternExecution<Options>) => Promise<unknown>;
const named = (name: string, execute: Execute): PatternPlugin => definePattern({ name, execute });
const split = ({ agents }: PatternExecution): [AgentHandle, AgentHandle[]] => [agents[0]!, agents.slice(1)];

/** A class with state that belongs to one run only. */
@Pattern({ name: 'collects_in_order' })
class CollectsInOrder extends PatternExecutor<Record<string, never>> {
  async execute(execution: PatternExecution<Record<string, never>>): Promise<unknown> {
    const [lead, workers] = split(execution);
    const notes = [await execution.invoke(lead, execution.input)];
    for (const worker of workers) {
      await execution.delegate(lead, worker);
      notes.push(await execution.invoke(worker, notes.at(-1)));
    }
    return notes;
  }
}

const failuresOf = async (
  execution: PatternExecution,
  lead: AgentHandle,
  workers: readonly AgentHandle[],
  input: unknown,
) => {
  const settled = await Promise.allSettled(
    workers.map(async (worker) => {
      await execution.delegate(lead, worker);
      return execution.invoke(worker, input);
    }),
  );
  if (execution.signal.aborted) throw execution.signal.reason;
  const results: Record<string, unknown> = {};
  const failures: { agent: string; reason: string }[] = [];
  for (const [i, end] of settled.entries()) {
    const { name } = workers[i] as AgentHandle;
    if (end.status === 'fulfilled') results[name] = end.value;
    else failures.push({ agent: name, reason: end.reason.message });
  }
  for (const failure of failures)
    await execution.share(lead, failure, {
      action: 'execute',
      details: { event: 'worker_failed', agent: failure.agent },
      result: 'denied',
    });
  if (Object.keys(results).length === 0) throw (settled[0] as PromiseRejectedResult).reason;
  return { results, failures };
};

export const correctPatterns: Readonly<Record<string, Correct>> = {
  'a class that passes each answer on': { pattern: CollectsInOrder },
  'a single agent': {
    pattern: named('alone', ({ agents, input, invoke }) => invoke(agents[0]!, input)),
    setup: { agents: { only: {} } },
  },
  'a line in which each delegates to the next': {
    pattern: named('line', async ({ agents, input, invoke, delegate }) => {
      let value = input;
      for (const [i, agent] of agents.entries()) {
        const before = agents[i - 1];
        if (before) await delegate(before, agent);
        value = await invoke(agent, value);
      }
      return value;
    }),
    setup: { agents: { one: {}, two: {}, three: {}, four: {} } },
  },
  'a line that runs backwards': {
    pattern: named('backwards', async ({ agents, input, invoke, delegate }) => {
      let value = input;
      const line = agents.toReversed();
      for (const [i, agent] of line.entries()) {
        if (i > 0) await delegate(line[i - 1]!, agent);
        value = await invoke(agent, value);
      }
      return value;
    }),
    setup: { leader: 'second' },
  },
  'workers first, and then their lead': {
    pattern: named('gathers', async (execution) => {
      const [lead, workers] = split(execution);
      const found = await allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        return execution.invoke(worker, execution.input);
      });
      return execution.invoke(lead, found);
    }),
  },
  'a lead that works twice': {
    pattern: named('reviews', async (execution) => {
      const [lead, workers] = split(execution);
      const plan = await execution.invoke(lead, execution.input);
      const found = await allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        return execution.invoke(worker, plan);
      });
      return execution.invoke(lead, { plan, found });
    }),
    setup: { agents: { lead: { calls: 2 }, first: {}, second: {} } },
  },
  'rounds by an option': {
    pattern: definePattern({
      name: 'rounds',
      options: z.strictObject({ rounds: z.int().positive().default(1) }),
      async execute({ agents, input, options, invoke }) {
        let value = input;
        for (let round = 0; round < options.rounds; round++)
          value = await invoke(agents[0]!, { round, value });
        return value;
      },
    }),
    setup: { agents: { only: { calls: 2 } }, options: { rounds: 2 }, otherOptions: { rounds: 3 } },
  },
  'constraints by an option': {
    pattern: definePattern({
      name: 'constrained',
      options: z.strictObject({ constraints: z.array(z.string()).default([]) }),
      async execute({ agents: [lead, worker], input, options, invoke, delegate }) {
        const plan = await invoke(lead!, input);
        await delegate(lead!, worker!, { constraints: options.constraints });
        return invoke(worker!, plan);
      },
    }),
    setup: {
      agents: { lead: {}, worker: { addedConstraints: ['reviewed'] } },
      options: { constraints: ['reviewed'] },
      otherOptions: {},
    },
  },
  'named capabilities': {
    pattern: named('narrow', async ({ agents: [lead, worker], input, invoke, delegate }) => {
      const plan = await invoke(lead!, input, { action: 'work' });
      await delegate(lead!, worker!, { capabilities: ['work'] });
      return invoke(worker!, plan, { action: 'work' });
    }),
    setup: { agents: { lead: { capabilities: ['work', 'pay'] }, worker: { capabilities: ['pay', 'work'] } } },
  },
  'an agent that no one can give anything but its own job': {
    pattern: named('own_job', async ({ agents: [lead, worker], input, invoke, delegate }) => {
      const plan = await invoke(lead!, input);
      await delegate(lead!, worker!);
      return invoke(worker!, plan);
    }),
    setup: { agents: { lead: { capabilities: ['plan'] }, worker: { capabilities: ['translate'] } } },
  },
  'failures that it tolerates, names and records': {
    pattern: named('tolerant', async (execution) => {
      const [lead, workers] = split(execution);
      const plan = await execution.invoke(lead, execution.input);
      return failuresOf(execution, lead, workers, plan);
    }),
    setup: { tolerates: { agents: ['first', 'second'] }, details: ['event', 'agent'] },
  },
  'a worker that is only asked if the first one fails': {
    pattern: named(
      'falls_back',
      async ({ agents: [lead, first, spare], input, signal, invoke, delegate, share }) => {
        const plan = await invoke(lead!, input);
        try {
          await delegate(lead!, first!);
          return { by: 'first', answer: await invoke(first!, plan) };
        } catch (error) {
          if (signal.aborted) throw error;
          const reason = (error as Error).message;
          await share(
            lead!,
            { reason },
            { action: 'execute', details: { event: 'fell_back', agent: first!.name }, result: 'denied' },
          );
          await delegate(lead!, spare!);
          return { by: 'spare', answer: await invoke(spare!, plan), reason };
        }
      },
    ),
    setup: {
      agents: { lead: {}, first: {}, spare: { calls: [0, 1] } },
      idle: ['spare'],
      tolerates: { agents: ['first'], all: true, keptIn: () => true },
      details: ['event', 'agent'],
    },
  },
  'an error of its own with the real one as the cause': {
    pattern: named('wraps', async (execution) => {
      const [lead, workers] = split(execution);
      try {
        const plan = await execution.invoke(lead, execution.input);
        return await allOf(workers, async (worker) => {
          await execution.delegate(lead, worker);
          return execution.invoke(worker, plan);
        });
      } catch (cause) {
        if (execution.signal.aborted) throw cause;
        throw new Error('the review did not take place', { cause });
      }
    }),
  },
  'a pause with a timer that it clears': {
    pattern: named('pauses', async ({ agents: [only], input, signal, invoke }) => {
      const before = await invoke(only!, input);
      await sleep(5, undefined, { signal });
      return { before };
    }),
    setup: { agents: { only: {} }, durable: false },
  },
  'time, chance and a pause of its execution': {
    pattern: named('unhurried', async ({ agents: [only], input, now, random, sleep: pause, invoke }) => {
      const startedAt = await now();
      const chance = await random();
      await pause(5);
      const year = new Date(startedAt).getUTCFullYear();
      return { answer: await invoke(only!, input), isCurrent: year > 1970, isChance: chance < 1 };
    }),
    setup: { agents: { only: {} } },
  },
  'a limit of time for one agent': {
    pattern: named('limited', async ({ agents: [only], input, invoke }) =>
      invoke(only!, input, { timeout: 60_000 }),
    ),
    setup: { agents: { only: {} } },
  },
  'progress that it reports': {
    pattern: named('reports', async (execution) => {
      const [lead, workers] = split(execution);
      execution.report({ step: 'plan', of: execution.runId });
      const plan = await execution.invoke(lead, execution.input);
      execution.report({ step: 'work', plan });
      return allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        return execution.invoke(worker, plan);
      });
    }),
  },
  'values that it shares': {
    pattern: named('shares', async (execution) => {
      const [lead, workers] = split(execution);
      const plan = await execution.share(lead, await execution.invoke(lead, execution.input), {
        action: 'work',
      });
      return allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        const answer = await execution.invoke(worker, plan);
        return execution.share(worker, answer, { action: 'work' });
      });
    }),
  },
  'details that its setup declares': {
    pattern: named('numbers', async ({ agents, input, invoke, delegate }) => {
      let value = input;
      for (const [i, agent] of agents.entries()) {
        if (i > 0) await delegate(agents[0]!, agent);
        value = await invoke(agent, value, { details: { step: i + 1 } });
      }
      return value;
    }),
    setup: { details: ['step'] },
  },
  'a judge whose answer chooses': {
    pattern: named('judges', async ({ agents: [judge, one, two], input, invoke, delegate }) => {
      const answers = await allOf([one!, two!], async (agent) => {
        await delegate(judge!, agent);
        return invoke(agent, input);
      });
      const verdict = (await invoke(judge!, answers)) as { winner: number };
      return { winner: verdict.winner, answers };
    }),
    setup: { agents: { judge: { run: () => ({ winner: 0 }) }, one: {}, two: {} } },
  },
  'a logger whose answer does not matter': {
    pattern: named('logs', async ({ agents: [lead, logger], input, invoke, delegate }) => {
      const answer = await invoke(lead!, input);
      await delegate(lead!, logger!);
      await invoke(logger!, answer);
      return answer;
    }),
    setup: { agents: { lead: {}, logger: { otherwise: false } } },
  },
  'the run and the person in what an agent receives': {
    pattern: named('introduces', async ({ agents: [only], input, runId, humanOrigin, invoke }) =>
      invoke(only!, { input, runId, person: humanOrigin?.displayName }),
    ),
    setup: { agents: { only: {} } },
  },
  'a tournament whose order is drawn': {
    pattern: tournament,
    setup: { agents: { judge: {}, one: {}, two: {} } },
  },
  'a line of workers that stand in for each other': {
    pattern: patientFailover,
    setup: {
      agents: { lead: {}, first: {}, second: { calls: [0, 1] } },
      idle: ['second'],
      tolerates: { agents: ['first'], all: true, keptIn: () => true },
    },
  },
  'a person who approves': {
    pattern: named('approved', async ({ agents: [lead, worker], input, invoke, delegate, approval }) => {
      const plan = await invoke(lead!, input);
      const { granted, outcome } = await approval({
        action: 'work',
        input: plan,
        approvers: ['person-carol'],
      });
      if (!granted) throw new Error(`the approval was not granted: it is ${outcome}`);
      await delegate(lead!, worker!);
      return invoke(worker!, plan);
    }),
    setup: { agents: { lead: {}, worker: {} } },
  },
  'an agent that is free takes the next piece': {
    pattern: named('pooled', async (execution) => {
      const [lead, workers] = split(execution);
      const plan = await execution.invoke(lead, execution.input);
      const pieces = [0, 1, 2, 3, 4];
      const done: unknown[] = [];
      await allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift())
          done[piece] = await execution.invoke(worker, { plan, piece });
      });
      return done;
    }),
    setup: {
      agents: { lead: {}, first: { calls: [1, 5] }, second: { calls: [1, 5] } },
      dependsOnTiming: true,
    },
  },
  'answers in the order of their arrival, which its setup declares': {
    pattern: named('arrivals', async (execution) => {
      const [lead, workers] = split(execution);
      const plan = await execution.invoke(lead, execution.input);
      const arrived: { by: string; answer: unknown }[] = [];
      await allOf(workers, async (worker) => {
        await execution.delegate(lead, worker);
        arrived.push({ by: worker.name, answer: await execution.invoke(worker, plan) });
      });
      return arrived;
    }),
    setup: {
      comparable: (result) =>
        (result as { by: string }[]).toSorted((one, other) => one.by.localeCompare(other.by)),
    },
  },
  'a count of its runs, which changes nothing': {
    pattern: (() => {
      let runs = 0;
      return named('counts', async ({ agents: [only], input, invoke }) => {
        runs += 1;
        return { answer: await invoke(only!, input), isCounted: runs > 0 };
      });
    })(),
    setup: { agents: { only: {} } },
  },
  'a tournament in which an answer chooses who goes on': drawnTournament,
  'a commit in two phases, which calls agents after a failure': twoPhase,
};
