import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { namedAgent } from './choose-agent.js';
import { endsRun, failureOf, recordFailure } from './failure.js';
import { handoffCapability } from './handoff-capability.js';

const options = z.strictObject({
  /**
   * The agent that starts and delegates to all others. Default: the first.
   */
  source: z.string().optional(),
  /** The agent that gets all results, by name. Default: the last of four or more agents, else none. */
  sink: z.string().nullable().optional(),
  /**
   * `fail` fails the run once every branch has ended; `collect` passes all on as {@link BranchResult}s, as long as
   * one succeeded.
   */
  onFailure: z.enum(['fail', 'collect']).default('fail'),
  /** Added to every delegation of the run. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type ParallelOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    parallel: ParallelOptions;
  }
}

/** What one branch came to, as the sink gets it. */
export type BranchResult =
  | { readonly agent: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly agent: string; readonly status: 'rejected'; readonly code: string; readonly reason: string };

/**
 * A → [B, C, D] → E: the source's output goes to all branches at once, each under a delegation from the source; the
 * sink gets their results by name (plan, "Existing Patterns"). Without a sink those results are the run's result.
 */
export const parallel = definePattern({
  name: 'parallel',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    const source = namedAgent(agents, options.source) ?? (agents[0] as AgentHandle);
    const sink = options.sink === undefined ? defaultSink(agents, source) : namedAgent(agents, options.sink);
    if (sink === source) {
      throw new PatternContractError(`Pattern 'parallel' has '${source.name}' for source and sink`, {
        expected: 'two agents',
        received: `'${source.name}' for both`,
        remedy: 'Name another agent as `sink`, or set `sink: null`: nobody can be delegated to by itself.',
      });
    }
    const branches = agents.filter((agent) => agent !== source && agent !== sink);
    if (branches.length === 0) {
      throw new PatternContractError("Pattern 'parallel' has nothing to run in parallel", {
        expected: 'at least one agent beside source and sink',
        received: `${agents.length} agents`,
        remedy: 'Add agents, or set `sink: null`.',
      });
    }
    const value = await execution.invoke(source, execution.input);
    const run = async (agent: AgentHandle, input: unknown): Promise<unknown> => {
      const capability = await handoffCapability(execution, source, agent);
      await execution.delegate(source, agent, {
        capabilities: [capability],
        constraints: options.constraints,
      });
      return execution.invoke(agent, input);
    };
    // All are awaited, whatever becomes of one: an agent must not be at work when the run is over.
    const settled = await Promise.allSettled(branches.map((agent) => run(agent, value)));
    const fatal = settled.find((branch) => branch.status === 'rejected' && endsRun(execution, branch.reason));
    if (fatal?.status === 'rejected') throw fatal.reason;
    for (const [i, branch] of settled.entries()) {
      if (branch.status === 'fulfilled') continue;
      const failure = failureOf(branches[i] as AgentHandle, branch.reason);
      await recordFailure(execution as PatternExecution, source, 'branch_failed', failure, branch.reason);
    }
    const failure = settled.find((branch) => branch.status === 'rejected');
    const allFailed = settled.every((branch) => branch.status === 'rejected');
    if (failure && (options.onFailure === 'fail' || allFailed)) throw failure.reason;
    const results = Object.fromEntries(
      branches.map(({ name }, i) => [name, branchResult(name, settled[i] as never)]),
    );
    const merged = options.onFailure === 'collect' ? results : valuesOf(results);
    return sink ? run(sink, merged) : merged;
  },
});

function defaultSink(agents: readonly AgentHandle[], source: AgentHandle): AgentHandle | undefined {
  const last = agents.at(-1);
  return agents.length >= 4 && last !== source ? last : undefined;
}

function branchResult(agent: string, settled: PromiseSettledResult<unknown>): BranchResult {
  if (settled.status === 'fulfilled') return { agent, status: 'fulfilled', value: settled.value };
  const error = settled.reason as { code?: string; message?: string };
  return {
    agent,
    status: 'rejected',
    code: error.code ?? 'AGENT_FAILED',
    reason: error.message ?? String(error),
  };
}

const valuesOf = (results: Record<string, BranchResult>): Record<string, unknown> =>
  Object.fromEntries(
    Object.values(results).map((branch) => [branch.agent, (branch as { value: unknown }).value]),
  );
