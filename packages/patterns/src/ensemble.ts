import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import { failed, fanOut, succeeded } from './fan-out.js';
import { givableOrOwnJob } from './givable.js';
import { synthesizeResults } from './roles/synthesizer.js';

const options = z.strictObject({
  /**
   * The name of the synthesizer. Default: the first agent whose name contains "synthesi", else the first with a method
   * `synthesize`, else the last.
   */
  synthesizer: z.string().optional(),
  /**
   * The capabilities that each expert is delegated, as far as the synthesizer can give them; `execute` where it can
   * give none. Default: `analyze` and `consult`.
   */
  capabilities: z.array(z.string()).min(1).default(['analyze', 'consult']),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `ensemble`. */
export type EnsembleOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    ensemble: EnsembleOptions;
  }
  interface PatternResults {
    /** The output of the synthesizer. */
    ensemble: unknown;
  }
}

/**
 * [E1, E2, E3] → Synthesize: all experts receive the input concurrently, each under a delegation from the synthesizer.
 * The synthesizer then receives each expert's id, result and capabilities, and the failures.
 *
 * @throws AllAgentsFailedError if no expert gave a result.
 */
export const ensemble = definePattern({
  name: 'ensemble',
  options,
  async execute(execution) {
    const { agents, options, input } = execution;
    const choice = { name: options.synthesizer, word: 'synthesi', method: 'synthesize' };
    const leader = chooseAgent(agents, choice) ?? agents.at(-1)!;
    const experts = agents.filter((agent) => agent !== leader);
    expectAgents('ensemble', 'expert', experts);
    expectDepth(execution, 'ensemble', 1);
    const branches = await fanOut(
      execution,
      {
        leader,
        agents: experts,
        capabilities: await givableOrOwnJob(execution, leader, options.capabilities),
        constraints: options.constraints,
        event: 'expert_consultation_failed',
      },
      (expert, delegation) => execution.invoke(expert, input, { delegation }),
    );
    const failures = failed(branches);
    const reasons = failures.map(({ failure }) => failure);
    if (failures.length === experts.length)
      throw new AllAgentsFailedError('expert', reasons, failures[0]?.error);
    const results = succeeded(branches).map(({ agent, value }) => ({
      expertId: agent.id,
      result: value,
      capabilities: agent.capabilities,
    }));
    return synthesizeResults(execution, leader, results, reasons);
  },
});
