import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { namedAgent } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import { endsRun, failureOf, recordFailure } from './failure.js';
import { expectReceivers, handoffOptions, handoffTo } from './handoff-options.js';

const options = z.strictObject({
  /**
   * The name of the agent that starts, delegates to all others and passes its output to them. Null: every agent
   * receives the run's input, and the first agent delegates to the others. Default: the first agent; null in a run
   * without trust.
   */
  source: z.string().nullable().optional(),
  /**
   * The name of the agent that receives all results. Null: no agent does. Default: the last of four or more agents if
   * there is a source, else null.
   */
  sink: z.string().nullable().optional(),
  /**
   * `fail` fails the run once every branch has ended. `collect` passes on every branch as a {@link BranchResult}, as
   * long as one of them succeeded. Default: `fail`.
   */
  onFailure: z.enum(['fail', 'collect']).default('fail'),
  ...handoffOptions,
});

/** Options of `parallel`. */
export type ParallelOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    parallel: ParallelOptions;
  }
  interface PatternResults {
    /**
     * The output of the sink. Without a sink: {@link ParallelResults}, or with `onFailure: 'collect'`
     * {@link CollectedResults}.
     */
    parallel: unknown;
  }
}

/** The outcome of one branch: the agent's output, or its error. */
export type BranchResult =
  | { readonly agent: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly agent: string; readonly status: 'rejected'; readonly code: string; readonly reason: string };

/** The outputs of all branches, by the agents' names. */
export type ParallelResults = Readonly<Record<string, unknown>>;

/** The outcomes of all branches with `onFailure: 'collect'`, by the agents' names. */
export type CollectedResults = Readonly<Record<string, BranchResult>>;

/**
 * A → [B, C, D] → E: all branches receive the source's output concurrently, each under a delegation from the source,
 * and the sink receives their results by name. Without a sink those results are the run's result.
 *
 * @throws PatternContractError before any agent acts, if the options name agents that cannot play these parts; and the
 * first failure of a branch, once every branch has ended.
 */
export const parallel = definePattern({
  name: 'parallel',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    const { source, first, sink } = placesOf(execution);
    if (sink && sink === source) {
      throw new PatternContractError(`Pattern 'parallel' has '${sink.name}' as source and as sink`, {
        expected: 'two agents',
        received: `'${sink.name}' for both`,
        remedy: 'Name another agent as `sink`, or set `sink: null`: an agent cannot delegate to itself.',
      });
    }
    const branches = agents.filter((agent) => agent !== source && agent !== sink);
    if (branches.length === 0) {
      throw new PatternContractError("Pattern 'parallel' has nothing to run in parallel", {
        expected: 'at least one agent besides source and sink',
        received: `${agents.length} agents`,
        remedy: 'Add agents, or set `sink: null`.',
      });
    }
    const receivers = agents.filter((agent) => agent !== first);
    expectReceivers('parallel', receivers, options);
    expectDepth(execution, 'parallel', Math.min(receivers.length, 1));
    const value = source ? await execution.invoke(source, execution.input) : execution.input;
    const run = async (agent: AgentHandle, input: unknown): Promise<unknown> => {
      if (agent !== first) await execution.delegate(first, agent, handoffTo(agent, options));
      return execution.invoke(agent, input);
    };
    // Every branch is awaited, even after one has failed: no agent must be at work when the run is over.
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

/** Finds the source, the agent that delegates to the others, and the sink. */
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
