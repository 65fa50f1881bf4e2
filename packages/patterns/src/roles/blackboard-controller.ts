import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { BlackboardState } from '../blackboard-state.js';
import type { Failure } from '../failure.js';
import type { Awaitable } from './awaitable.js';
import { fieldsOf, listOf, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';

/** What the controller wants next. */
export interface Selection {
  readonly solved: boolean;
  /** Names or ids of specialists for this round. */
  readonly specialists: readonly string[];
  /** Else a capability that one of them must hold. */
  readonly requiredCapability?: string | undefined;
  readonly reason?: string | undefined;
}

/** What the controller is told beside the state. */
export interface ControllerView {
  readonly round: number;
  readonly specialists: readonly AgentHandle[];
  /** Specialists that were skipped or failed, so far. */
  readonly failures: readonly (Failure & { readonly round: number })[];
}

/** What the controller sees. */
export interface BlackboardView extends Omit<ControllerView, 'specialists'> {
  readonly state: BlackboardState;
  readonly specialists: readonly Pick<AgentHandle, 'name' | 'capabilities'>[];
}

/** Role of `blackboard`. */
export interface BlackboardController {
  /** @returns `solved`, or `specialists` by name, or the `requiredCapability`. */
  selectSpecialist(view: BlackboardView, context: InvocationContext): Awaitable<Partial<Selection>>;
}

const isNamed = z.object({ name: z.string() }).transform(({ name }) => name);
const specialist = z.union([z.string().min(1), isNamed]);

const output = fieldsOf({
  solved: yesNo.optional(),
  isComplete: yesNo.optional(),
  specialist: specialist.nullish(),
  specialists: listOf(specialist).optional(),
  requiredCapability: z.string().nullish(),
  nextNeededCapability: z.string().nullish(),
  reason: text,
})
  .transform((said): Selection => {
    const names = said.specialists ?? (said.specialist ? [said.specialist] : []);
    return {
      solved: said.solved ?? said.isComplete ?? false,
      specialists: [...new Set(names)],
      requiredCapability: said.requiredCapability || said.nextNeededCapability || undefined,
      reason: said.reason,
    };
  })
  .refine(
    (selection) => selection.solved || selection.specialists.length > 0 || selection.requiredCapability,
    {
      message: 'says neither that it is solved nor who is next',
    },
  );

/**
 * The controller says whether the problem is solved, or who is to contribute next: specialists by name, or the
 * capability that is needed. `selectSpecialist({ state, specialists, round, failures })`; through `run`:
 * `blackboard, available_specialists, iteration → is_complete, next_needed_capability`.
 */
export function selectSpecialists(
  execution: PatternExecution,
  controller: AgentHandle,
  state: BlackboardState,
  { round, specialists, failures }: ControllerView,
): Promise<Selection> {
  const described = specialists.map(({ name, capabilities }) => ({ name, capabilities }));
  const input: BlackboardView = { state, specialists: described, round, failures };
  return playRole(execution, controller, {
    role: 'blackboard controller',
    method: 'selectSpecialist',
    input,
    fields() {
      return {
        blackboard: JSON.stringify(state),
        available_specialists: JSON.stringify(described),
        failures: JSON.stringify(failures),
        iteration: round,
      };
    },
    expected: 'solved, or specialist(s), or requiredCapability',
    output,
  });
}
