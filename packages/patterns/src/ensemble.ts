import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { failed, fanOut, succeeded } from './fan-out.js';
import { givableOrOwnJob } from './givable.js';
import { synthesizeResults } from './roles/synthesizer.js';

const options = z.strictObject({
  /** By name. Default: the first whose name contains "synthesi", else the first with `synthesize`, else the last. */
  synthesizer: z.string().optional(),
  /**
   * What is delegated to each expert: those of them that the synthesizer may hand on, `execute` if it may hand on
   * none. Default: `analyze` and `consult`, the plan's.
   */
  capabilities: z.array(z.string()).min(1).default(['analyze', 'consult']),
  /** Added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type EnsembleOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    ensemble: EnsembleOptions;
  }
}

/**
 * [E1, E2, E3] → Synthesize: all experts get the input at once, each under a delegation from the synthesizer, which
 * then gets each expert's id, result and capabilities, and who failed (plan, "Ensemble Pattern").
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
