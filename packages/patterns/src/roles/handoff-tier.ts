import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, isPlainObject, numeric, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';

/** An agent's evaluation of a task. */
export interface Evaluation {
  /** Whether the agent handles the task itself. */
  readonly canHandle: boolean;
  /** How complex the task is, on the agent's own scale. */
  readonly complexityScore?: number | undefined;
  /** The agent's reason. */
  readonly reasoning?: string | undefined;
  /** The tier that the task needs. */
  readonly requiresTier?: number | undefined;
  /** The name of the agent to hand off to. */
  readonly target?: string | undefined;
  /** Where no agent is named: a capability that the next agent must hold. */
  readonly requiredCapability?: string | undefined;
  /** The result, if the agent has done the task already. */
  readonly done?: { readonly result: unknown };
}

/** The state of a task. */
export interface TierTask {
  /** The tier that has the task, from 1. */
  readonly tierLevel: number;
  /** The agents that handed the task off so far, and why. */
  readonly path: readonly { readonly agent: string; readonly reasoning: string | null }[];
}

/** The input of a tier. */
export interface HandoffTask {
  /** The run's input. */
  readonly task: unknown;
  /** The tier of the agent, from 1. */
  readonly tierLevel: number;
  /** Whether the agent evaluates or executes the task, and the agents that handed it off. */
  readonly context: { readonly stage: 'evaluate' | 'execute'; readonly path: TierTask['path'] };
}

/** The role of a tier in `handoff`. An agent that never handles a task itself needs no `executeTask`. */
export interface HandoffTier {
  /** Says whether the agent can handle the task, and who could if it cannot. */
  evaluateTask(
    task: HandoffTask,
    context: InvocationContext,
  ): Awaitable<Omit<Evaluation, 'done'> & { readonly result?: unknown }>;
  /** Handles the task. @returns the result of the run. */
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
    message: 'has neither canHandle nor a result',
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
 * Asks an agent whether it can handle the task, and which agent could if it cannot. Method: `evaluateTask({ task, tierLevel,
 * context })`. Through `run`: `task, tier_level, context → can_handle, complexity_score, reasoning, requires_tier`. An agent
 * with only `run` can answer with a `result` immediately; the context's `stage` distinguishes the two questions.
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
 * Asks the agent to handle the task. Method: `executeTask({ task, tierLevel, context })`, which returns the result. Through
 * `run`: `task, tier_level, context → result, confidence, execution_metadata`, where the field `result` is the result.
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
