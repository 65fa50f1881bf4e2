import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, isPlainObject, numeric, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';

/** What an agent says of a task before it takes it. */
export interface Evaluation {
  readonly canHandle: boolean;
  readonly complexityScore?: number | undefined;
  readonly reasoning?: string | undefined;
  /** The tier that it holds to be needed. */
  readonly requiresTier?: number | undefined;
  /** The agent that it would hand on to, by name. */
  readonly target?: string | undefined;
  /** Else what that agent must be able to do. */
  readonly requiredCapability?: string | undefined;
  /** The result, of an agent that did the task at once. */
  readonly done?: { readonly result: unknown };
}

/** Where a task is on its way. */
export interface TierTask {
  /** From 1. */
  readonly tierLevel: number;
  /** The names of the agents that handed it on so far, and why. */
  readonly path: readonly { readonly agent: string; readonly reasoning: string | null }[];
}

/** What a tier is asked about. */
export interface HandoffTask {
  /** The run's input. */
  readonly task: unknown;
  /** From 1. */
  readonly tierLevel: number;
  readonly context: { readonly stage: 'evaluate' | 'execute'; readonly path: TierTask['path'] };
}

/** Role of `handoff`. One that never handles a task itself needs no `executeTask`. */
export interface HandoffTier {
  evaluateTask(
    task: HandoffTask,
    context: InvocationContext,
  ): Awaitable<Omit<Evaluation, 'done'> & { readonly result?: unknown }>;
  executeTask?(task: HandoffTask, context: InvocationContext): unknown;
}

const fields = fieldsOf({
  canHandle: yesNo.optional(),
  complexityScore: numeric,
  reasoning: text,
  requiresTier: numeric.catch(undefined),
  target: z.string().min(1).nullish(),
  handoffTo: z.string().min(1).nullish(),
  requiredCapability: z.string().min(1).nullish(),
  result: z.unknown().optional(),
})
  .refine(({ canHandle, result }) => canHandle !== undefined || result !== undefined, {
    message: 'says neither canHandle nor a result',
  })
  .transform(({ canHandle, result, target, handoffTo, requiredCapability, ...said }): Evaluation => {
    const takes = canHandle ?? true;
    return {
      ...said,
      canHandle: takes,
      target: target ?? handoffTo ?? undefined,
      requiredCapability: requiredCapability ?? undefined,
      ...(takes && result !== undefined && { done: { result } }),
    };
  });

/**
 * An agent says whether it can handle the task, and if not, who could. `evaluateTask({ task, tierLevel, context })`;
 * through `run`: `task, tier_level, context → can_handle, complexity_score, reasoning, requires_tier`. An agent with
 * `run` alone may answer with a `result` at once; the context's `stage` tells the two questions apart.
 */
export function evaluateTask(
  execution: PatternExecution,
  agent: AgentHandle,
  task: TierTask,
  options: InvokeOptions,
): Promise<Evaluation> {
  return playRole(
    execution,
    agent,
    {
      ...about(execution, task, 'evaluate'),
      method: 'evaluateTask',
      expected: 'canHandle (yes, no), or a result',
      output: fields,
    },
    options,
  );
}

/**
 * The agent that can handle the task does it. `executeTask({ task, tierLevel, context })`, whose return is the
 * result; through `run`: `task, tier_level, context → result, confidence, execution_metadata`, of which `result` is.
 */
export async function executeTierTask(
  execution: PatternExecution,
  agent: AgentHandle,
  task: TierTask,
  options: InvokeOptions,
): Promise<unknown> {
  const output = await playRole(
    execution,
    agent,
    {
      ...about(execution, task, 'execute'),
      method: 'executeTask',
      expected: 'anything',
      output: z.unknown(),
    },
    options,
  );
  const isWrapped = !agent.can('executeTask') && isPlainObject(output) && Object.hasOwn(output, 'result');
  return isWrapped ? output.result : output;
}

function about(execution: PatternExecution, { tierLevel, path }: TierTask, stage: 'evaluate' | 'execute') {
  const task = execution.input;
  const context = { stage, path };
  const input: HandoffTask = { task, tierLevel, context };
  return {
    role: 'handoff tier',
    input,
    fields: () => ({ task: asText(task), tier_level: tierLevel, context: JSON.stringify(context) }),
  };
}
