import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { type BlackboardFailure, BlackboardRounds } from './blackboard-rounds.js';
import type { BlackboardState } from './blackboard-state.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';

const options = z.strictObject({
  /**
   * The name of the controller. Default: the first agent whose name contains "controller", else the first with a method
   * `selectSpecialist`, else the first.
   */
  controller: z.string().optional(),
  /** How many times the controller can choose specialists. Default: 10. */
  rounds: z.int().positive().default(10),
  /** Constraints that are added to every delegation, besides `blackboard_write_only`. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `blackboard`. */
export type BlackboardOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    blackboard: BlackboardOptions;
  }
  interface PatternResults {
    /** The blackboard, and whether the problem is solved. */
    blackboard: BlackboardResult;
  }
}

/** The result of `blackboard`. */
export interface BlackboardResult {
  /** Whether the controller said that the problem is solved. */
  readonly solved: boolean;
  /** The controller's reason why the problem is solved, or the reason why it is not. */
  readonly reason: string;
  /** How many times the controller chose specialists. */
  readonly rounds: number;
  /** The problem and all contributions. */
  readonly state: BlackboardState;
  /** The specialists that were skipped or failed; the run continued without them. */
  readonly failures: readonly BlackboardFailure[];
}

/** The capability that a specialist must verify for before it sees the blackboard. */
const BLACKBOARD_CONTRIBUTION = 'blackboard_contribution';

/**
 * Controller ↔ specialists. In each round the controller chooses specialists. Each of them is verified for
 * `blackboard_contribution`, is delegated `analyze`, `contribute` and `blackboard_contribution` under
 * `blackboard_write_only`, and contributes. The contribution is recorded with its iteration and type.
 *
 * `blackboard_contribution` must be **attested** to each specialist: the first verification comes before any delegation,
 * so it judges the specialist's own right. If the controller holds `blackboard_contribution` as well, it delegates the
 * capabilities that it can give, by name. Otherwise it delegates `execute`, and the specialist contributes by its own
 * right, under the constraint all the same.
 *
 * @returns {@link BlackboardResult}.
 * @throws NoCapableAgentError at the start, if no specialist is allowed to contribute.
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
    expectDepth(execution, 'blackboard', 1);
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

/** Fails a run in which no specialist is allowed to contribute: it would skip one in every round. */
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
