import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { BlackboardState } from '../blackboard-state.js';
import type { Failure } from '../failure.js';
import type { Awaitable } from './awaitable.js';
import { fieldsOf, listOf, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';

/** The controller's decision on the next round. */
export interface Selection {
  /** Whether the problem is solved. */
  readonly solved: boolean;
  /** The names or ids of the specialists for the round. */
  readonly specialists: readonly string[];
  /** Where no specialist is named: a capability that one of them must hold. */
  readonly requiredCapability?: string | undefined;
  /** Why the problem is solved. */
  readonly reason?: string | undefined;
}

/** The controller's information besides the state. */
export interface ControllerView {
  /** The number of the round, from 1. */
  readonly round: number;
  /** The specialists of the run. */
  readonly specialists: readonly AgentHandle[];
  /** The specialists that were skipped or failed so far. */
  readonly failures: readonly (Failure & { readonly round: number })[];
}

/** The input of the controller. */
export interface BlackboardView extends Omit<ControllerView, 'specialists'> {
  /** The blackboard. */
  readonly state: BlackboardState;
  /** The specialists of the run. */
  readonly specialists: readonly Pick<AgentHandle, 'name' | 'capabilities'>[];
}

/** The role of the controller in `blackboard`. */
export interface BlackboardController {
  /** Chooses who contributes next. @returns `solved`, or `specialists` by name, or the `requiredCapability`. */
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
      message: 'has neither solved nor specialists nor requiredCapability',
    },
  );

/**
 * Asks the controller whether the problem is solved, or which specialists contribute next: by name, or by the capability
 * that is needed. Method: `selectSpecialist({ state, specialists, round, failures })`. Through `run`: `blackboard,
 * available_specialists, iteration → is_complete, next_needed_capability`.
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
