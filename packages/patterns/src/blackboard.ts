import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { type BlackboardFailure, BlackboardRounds } from './blackboard-rounds.js';
import type { BlackboardState } from './blackboard-state.js';
import { chooseAgent, expectAgents } from './choose-agent.js';

const options = z.strictObject({
  /** By name. Default: the first called so, else the first with `selectSpecialist`, else the first agent. */
  controller: z.string().optional(),
  /** How often the controller may choose. Default: 10, the plan's. */
  rounds: z.int().positive().default(10),
  /** Added to every delegation beside `blackboard_write_only`. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type BlackboardOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    blackboard: BlackboardOptions;
  }
  interface PatternResults {
    blackboard: BlackboardResult;
  }
}

export interface BlackboardResult {
  readonly solved: boolean;
  /** Why it is solved, as the controller put it, or why not. */
  readonly reason: string;
  /** How often the controller chose, its word that it is solved not counted. */
  readonly rounds: number;
  readonly state: BlackboardState;
  /** Who was skipped or failed, in which round; the run went on without them. */
  readonly failures: readonly BlackboardFailure[];
}

/** What a specialist must verify for before it may look at the blackboard. */
const BLACKBOARD_CONTRIBUTION = 'blackboard_contribution';

/**
 * Controller ↔ specialists (plan, "Blackboard Pattern"; decision 8). In each round the controller chooses, each
 * specialist chosen is verified for `blackboard_contribution`, is delegated `analyze`, `contribute` and
 * `blackboard_contribution` under `blackboard_write_only`, and contributes; the contribution is recorded with its
 * iteration and type.
 *
 * `blackboard_contribution` must be **attested** to each specialist: the first verification comes before anything is
 * delegated, so it judges the specialist's own right. If the controller holds `blackboard_contribution` as well, the
 * capabilities that it may hand on are delegated by name; else `execute`, and the specialist contributes by its own
 * right, under the constraint all the same.
 *
 * @returns {@link BlackboardResult}.
 * @throws NoCapableAgentError if no specialist may contribute, at the start.
 */
export const blackboard = definePattern({
  name: 'blackboard',
  options,
  async execute(execution): Promise<BlackboardResult> {
    const { agents, options } = execution;
    const choice = { name: options.controller, word: 'controller', method: 'selectSpecialist' };
    const controller = chooseAgent(agents, choice) ?? agents[0]!;
    const specialists = agents.filter((agent) => agent !== controller);
    expectAgents('blackboard', 'specialist', specialists);
    await expectEligible(execution, specialists);
    const rounds = new BlackboardRounds(execution, controller, specialists, options.constraints);
    for (let round = 1; round <= options.rounds; round++) {
      const solved = await rounds.play(round);
      if (!solved) continue;
      const { state, failures } = rounds;
      return { solved: true, reason: solved.reason, rounds: round - 1, state, failures };
    }
    const { state, failures } = rounds;
    return { solved: false, reason: rounds.whyUnsolved(), rounds: options.rounds, state, failures };
  },
});

/** With nobody who may contribute, every round would be a skip. */
async function expectEligible(
  execution: PatternExecution,
  specialists: readonly AgentHandle[],
): Promise<void> {
  const considered: { agent: string; reason: string }[] = [];
  for (const specialist of specialists) {
    const { valid, reason } = await execution.verify(specialist, BLACKBOARD_CONTRIBUTION);
    if (valid) return;
    considered.push({ agent: specialist.name, reason: reason ?? 'does not verify' });
  }
  throw new NoCapableAgentError(BLACKBOARD_CONTRIBUTION, considered);
}
