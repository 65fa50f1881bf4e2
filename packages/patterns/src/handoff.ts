import { DelegationError, NoCapableAgentError, RoleOutputError } from '@kaizen-eatp/core/errors';
import {
  type AgentHandle,
  definePattern,
  type InvokeOptions,
  type PatternExecution,
} from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { namedAgent } from './choose-agent.js';
import { expectReceivers, handoffOptions, handoffTo } from './handoff-options.js';
import { type Evaluation, evaluateTask, executeTierTask } from './roles/handoff-tier.js';
import { selectCapable } from './select-capable.js';

const options = z.strictObject({
  /**
   * `tiers`: an agent hands off to the next tier, or to the higher tier that it says is needed. `dynamic`: an agent
   * hands off to the agent that it names, or to the first agent that holds and verifies for the capability that it
   * names. Default: `tiers`.
   */
  mode: z.enum(['tiers', 'dynamic']).default('tiers'),
  /** The names of the agents, in order; the first one starts. Default: all agents, in the runtime's order. */
  tiers: z.array(z.string()).min(1).optional(),
  /** How many times the task can be handed off. `maxDelegationDepth` limits it as well. Default: 10. */
  maxHandoffs: z.int().nonnegative().default(10),
  ...handoffOptions,
});

/** Options of `handoff`. */
export type HandoffOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    handoff: HandoffOptions;
  }
  interface PatternResults {
    /** The output of the agent that handled the task, and the agents that handed it off. */
    handoff: HandoffResult;
  }
}

/** One agent that was asked to handle the task. */
export interface HandoffStep {
  /** The agent's name. */
  readonly agent: string;
  /** The agent's place among the tiers, from 1. */
  readonly tierLevel: number;
  /** Whether the agent handled the task itself. */
  readonly canHandle: boolean;
  /** The agent's reason; null if it gave none. */
  readonly reasoning: string | null;
}

/** The result of `handoff`. */
export interface HandoffResult {
  /** The output of the agent that handled the task. */
  readonly result: unknown;
  /** The name of the agent that handled the task. */
  readonly handledBy: string;
  /** The agents that were asked, from the first to the one that handled the task. */
  readonly path: readonly HandoffStep[];
}

/**
 * Each agent handles the task or hands it off. Every handoff is a delegation under the one before it, so limits add up
 * along the way and the trail shows the path. A task never returns to an agent that had it.
 *
 * @returns {@link HandoffResult}.
 * @throws NoCapableAgentError when no agent is left, DelegationError `DELEGATION_CYCLE` or `DELEGATION_DEPTH_EXCEEDED`,
 * RoleOutputError for a target outside the run, PatternContractError for options that name other agents.
 */
export const handoff = definePattern({
  name: 'handoff',
  options,
  async execute(execution): Promise<HandoffResult> {
    const { agents, options } = execution;
    const tiers = options.tiers
      ? [...new Set(options.tiers.map((name) => namedAgent(agents, name)!))]
      : agents;
    expectReceivers('handoff', tiers.slice(1), options);
    const path: HandoffStep[] = [];
    let agent = tiers[0]!;
    let how: InvokeOptions = {};
    for (;;) {
      const tierLevel = tiers.indexOf(agent) + 1;
      const task = { tierLevel, path: path.slice() };
      const evaluation = await evaluateTask(execution, agent, task, how);
      const { canHandle, reasoning = null, done } = evaluation;
      path.push({ agent: agent.name, tierLevel, canHandle, reasoning });
      if (canHandle) {
        const result = done ? done.result : await executeTierTask(execution, agent, task, how);
        return { result, handledBy: agent.name, path };
      }
      const next =
        options.mode === 'tiers'
          ? nextTier(tiers, path, evaluation)
          : await target(execution, tiers, path, evaluation);
      if (path.length > options.maxHandoffs) throw tooDeep(path, next, options.maxHandoffs);
      how = { delegation: await execution.delegate(agent, next, handoffTo(next, options)) };
      agent = next;
    }
  },
});

/** Returns the next tier, or a higher one that the agent says is needed; never a lower one. */
function nextTier(
  tiers: readonly AgentHandle[],
  path: readonly HandoffStep[],
  said: Evaluation,
): AgentHandle {
  const { tierLevel } = path.at(-1) as HandoffStep;
  const wanted = Math.max(tierLevel + 1, Math.ceil(said.requiresTier ?? 0));
  const next = tiers[wanted - 1];
  if (next) return next;
  throw noAgentLeft(
    path,
    tierLevel === tiers.length ? 'the last tier' : `tier ${wanted}, which does not exist`,
  );
}

async function target(
  execution: PatternExecution,
  tiers: readonly AgentHandle[],
  path: readonly HandoffStep[],
  said: Evaluation,
): Promise<AgentHandle> {
  const from = path.at(-1) as HandoffStep;
  const isVisited = ({ name }: AgentHandle): boolean => path.some((step) => step.agent === name);
  if (said.target === undefined) {
    if (said.requiredCapability === undefined)
      throw noAgentLeft(path, 'neither a target nor a capability was named');
    const unvisited = tiers.filter((agent) => !isVisited(agent));
    return selectCapable(execution, unvisited, said.requiredCapability);
  }
  const next = tiers.find((agent) => agent.name === said.target || agent.id === said.target);
  if (!next) {
    const known = tiers.map((agent) => agent.name).join(', ');
    throw new RoleOutputError(from.agent, 'handoff tier', `a target out of ${known}`, `'${said.target}'`);
  }
  if (!isVisited(next)) return next;
  throw new DelegationError('DELEGATION_CYCLE', `Handing off to '${next.name}' would close a circle`, {
    expected: 'an agent that has not had the task',
    received: pathText(path, next),
    remedy: 'Let the agent name a target that has not had the task.',
    evidence: { path: path.map((step) => step.agent), target: next.name },
  });
}

function tooDeep(path: readonly HandoffStep[], next: AgentHandle, limit: number): DelegationError {
  return new DelegationError('DELEGATION_DEPTH_EXCEEDED', 'The task was handed off too many times', {
    expected: `at most ${limit} handoffs`,
    received: pathText(path, next),
    remedy: 'Raise maxHandoffs, or let an earlier agent handle it.',
    evidence: { path: path.map((step) => step.agent), target: next.name, limit },
  });
}

const noAgentLeft = (path: readonly HandoffStep[], wanted: string): NoCapableAgentError =>
  new NoCapableAgentError(
    `the task (${wanted})`,
    path.map(({ agent, reasoning }) => ({ agent, reason: reasoning ?? 'cannot handle it' })),
  );

const pathText = (path: readonly HandoffStep[], next: AgentHandle): string =>
  [...path.map((step) => step.agent), next.name].join(' → ');
