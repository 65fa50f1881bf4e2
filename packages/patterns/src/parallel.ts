import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { namedAgent } from './choose-agent.js';
import { endsRun, failureOf, recordFailure } from './failure.js';
import { handoffOptions, handoffTo } from './handoff-options.js';

const options = z.strictObject({
  /**
   * The agent that starts, delegates to all others and gives them its output. Null: every agent gets the run's input;
   * the first one delegates to the others. Default: the first agent; null in a run without trust.
   */
  source: z.string().nullable().optional(),
  /**
   * The agent that gets all results, by name. Default: the last of four or more agents if there is a source, else none.
   */
  sink: z.string().nullable().optional(),
  /**
   * `fail` fails the run once every branch has ended; `collect` passes all on as {@link BranchResult}s, as long as
   * one succeeded.
   */
  onFailure: z.enum(['fail', 'collect']).default('fail'),
  ...handoffOptions,
});

export type ParallelOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    parallel: ParallelOptions;
  }
  interface PatternResults {
    /** The branches' results by the agents' names, or what the sink returned. */
    parallel: unknown;
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
    const { source, first, sink } = placesOf(execution);
    if (sink && sink === first) {
      throw new PatternContractError(`Pattern 'parallel' has '${first.name}' for source and sink`, {
        expected: 'two agents',
        received: `'${first.name}' for both`,
        remedy: 'Name another agent as `sink`, or set `sink: null`: an agent cannot delegate to itself.',
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
    const value = source ? await execution.invoke(source, execution.input) : execution.input;
    const run = async (agent: AgentHandle, input: unknown): Promise<unknown> => {
      if (agent !== first) await execution.delegate(first, agent, handoffTo(agent.name, options));
      return execution.invoke(agent, input);
    };
    // All are awaited, whatever becomes of one: an agent must not be at work when the run is over.
    const settled = await Promise.allSettled(branches.map((agent) => run(agent, value)));
    const fatal = settled.find((branch) => branch.status === 'rejected' && endsRun(execution, branch.reason));
    if (fatal?.status === 'rejected') throw fatal.reason;
    for (const [i, branch] of settled.entries()) {
      if (branch.status === 'fulfilled') continue;
      const failure = failureOf(branches[i] as AgentHandle, branch.reason);
      await recordFailure(execution as PatternExecution, first, 'branch_failed', failure, branch.reason);
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

/** Who starts, who delegates, and who gets the results. */
function placesOf({ agents, options: given, isGuarded }: PatternExecution<z.output<typeof options>>) {
  const hasSource = given.source === undefined ? isGuarded : given.source !== null;
  const source = hasSource ? (namedAgent(agents, given.source) ?? agents[0]) : undefined;
  const first = source ?? (agents[0] as AgentHandle);
  const sink =
    given.sink === undefined && source ? defaultSink(agents, source) : namedAgent(agents, given.sink ?? null);
  return { source, first, sink };
}

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
