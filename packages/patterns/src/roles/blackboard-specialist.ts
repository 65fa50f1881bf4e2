import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { BlackboardState } from '../blackboard-state.js';
import type { Awaitable } from './awaitable.js';
import { playRole } from './play-role.js';

/** Role of `blackboard`. */
export interface BlackboardSpecialist {
  contribute(
    view: { readonly state: BlackboardState; readonly round: number },
    context: InvocationContext,
  ): Awaitable<NonNullable<unknown>>;
}

/**
 * A specialist looks at the blackboard and contributes. `contribute({ state, round })`; through `run`: `blackboard,
 * iteration`. Anything but nothing will do; `type`, if it has one, goes into the trail.
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
      output: z.custom<NonNullable<unknown>>(
        (value) => value !== undefined && value !== null,
        'nothing came',
      ),
    },
    options,
  );
}
