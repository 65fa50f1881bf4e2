import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { BlackboardState } from '../blackboard-state.js';
import type { Awaitable } from './awaitable.js';
import { playRole } from './play-role.js';

/** The role of a specialist in `blackboard`. */
export interface BlackboardSpecialist {
  /** Contributes to the blackboard. */
  contribute(
    view: { readonly state: BlackboardState; readonly round: number },
    context: InvocationContext,
  ): Awaitable<NonNullable<unknown>>;
}

/**
 * Asks a specialist for its contribution. Method: `contribute({ state, round })`. Through `run`: `blackboard, iteration`.
 * Any value except null and undefined is a contribution. Its field `type`, if there is one, is recorded in the trail.
 */
export function contributeTo(
  execution: PatternExecution,
  specialist: AgentHandle,
  state: BlackboardState,
  round: number,
  options: InvokeOptions,
): Promise<NonNullable<unknown>> {
  return playRole(
    execution,
    specialist,
    {
      role: 'blackboard specialist',
      method: 'contribute',
      input: { state, round },
      fields() {
        return { blackboard: JSON.stringify(state), iteration: round };
      },
      expected: 'a contribution',
      output: z.custom<NonNullable<unknown>>((value) => value !== undefined && value !== null, 'is missing'),
    },
    options,
  );
}
