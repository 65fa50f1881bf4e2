import type { Requirement } from '../conformance/requirement.js';
import { carriesDurableRuns } from './carries-a-run.js';
import * as checks from './engine-checks.js';
import type { EngineTrial } from './engine-trial.js';
import { takesOver } from './take-over.js';

/** The requirements on every run engine. */
export const engineRequirements = [
  {
    id: 'ENGINE-EXECUTES',
    demands:
      'A run that is enqueued is executed within the bound, whether a worker was there before or comes later.',
    fix: 'Keep the queue where every process finds it, and give each execution a token and a signal.',
    check: checks.executesRuns,
  },
  {
    id: 'ENGINE-ONE-OWNER',
    demands:
      'A run has one execution at a time, however often it is enqueued and however many workers there are.',
    fix: 'Let the queue hold a run once, and lock what a worker takes.',
    check: checks.hasOneOwner,
  },
  {
    id: 'ENGINE-CONCURRENCY',
    demands: 'A worker executes as many runs at a time as its `concurrency` says, and not more.',
    fix: 'Count the executions in progress, and take a run when there is a place.',
    check: checks.keepsToConcurrency,
  },
  {
    id: 'ENGINE-TOKENS',
    demands: 'A run whose execution failed is executed again, and every execution has a token of its own.',
    fix: 'Make the token of the execution and not of the run: with the number of the attempt, or at random.',
    check: checks.givesNewTokens,
  },
  {
    id: 'ENGINE-FENCES',
    demands: 'The store refuses what an execution writes after the run was given to another one.',
    fix: 'Give tokens that the store can check in its own commit.',
    check: checks.fencesTheLastOwner,
  },
  {
    id: 'ENGINE-ENDS-ONCE',
    demands: 'A run that has ended is not executed again.',
    fix: 'Remove a run from the queue when `execute` returns.',
    check: checks.endsOnce,
  },
  {
    id: 'ENGINE-WAITS',
    demands: 'A run that waits takes no place, is not executed until it is woken, and then is.',
    fix: 'Remove a run from the queue when `execute` returns `suspended`, and take it again when it is enqueued.',
    check: checks.leavesWaitingRuns,
  },
  {
    id: 'ENGINE-DRAINS',
    demands:
      'A worker that stops lets its executions end and takes no more; another worker executes the rest.',
    fix: 'Stop taking runs first, and then wait for the executions.',
    check: checks.drains,
  },
  {
    id: 'ENGINE-MANY',
    demands: 'Many runs that several processes submit are all executed, each once.',
    fix: 'Take runs from the queue in one atomic step.',
    check: checks.executesMany,
  },
  {
    id: 'ENGINE-SHARES',
    demands: 'Several workers execute runs at the same time.',
    fix: 'Let a worker take what no other has taken, instead of holding the whole queue.',
    appliesTo: ({ setup }) => setup.distributed,
    check: checks.sharesWork,
  },
  {
    id: 'ENGINE-TAKES-OVER',
    demands:
      'The runs of a process that was killed are executed elsewhere within the bound, and its token is void.',
    fix: 'Notice that a process is gone, and give its runs out again under another token.',
    appliesTo: ({ module }) => module !== undefined,
    check: takesOver,
  },
  {
    id: 'ENGINE-CARRIES-A-RUN',
    demands: "A durable run goes from its submission to its result by core's own worker.",
    fix: 'Test the engine with `worker()` of core, and correct what the other requirements name first.',
    check: carriesDurableRuns,
  },
] as const satisfies readonly Requirement<EngineTrial>[];

/** The ids of the requirements on run engines. */
export type EngineRequirementId = (typeof engineRequirements)[number]['id'];
