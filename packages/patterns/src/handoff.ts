import { DelegationError, NoCapableAgentError, RoleOutputError } from '@kaizen-eatp/core/errors';
import {
  type AgentHandle,
  definePattern,
  type InvokeOptions,
  type PatternExecution,
} from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { namedAgent } from './choose-agent.js';
import { handoffOptions, handoffTo } from './handoff-options.js';
import { type Evaluation, evaluateTask, executeTierTask } from './roles/handoff-tier.js';
import { selectCapable } from './select-capable.js';

const options = z.strictObject({
  /**
   * `tiers`: each agent hands on to the next tier, or to the higher one that it says is needed. `dynamic`: to the
   * agent that it names, or to the first that holds and verifies for the capability that it names. Default: `tiers`.
   */
  mode: z.enum(['tiers', 'dynamic']).default('tiers'),
  /** The agents in order, by name; the first starts. Default: all, as they were given to the runtime. */
  tiers: z.array(z.string()).min(1).optional(),
  /** How often the task may be handed on. The runtime's `maxDelegationDepth` holds as well. Default: 10. */
  maxHandoffs: z.int().nonnegative().default(10),
  ...handoffOptions,
});

export type HandoffOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    handoff: HandoffOptions;
  }
  interface PatternResults {
    handoff: HandoffResult;
  }
}

/** One agent on the task's way. */
export interface HandoffStep {
  readonly agent: string;
  /** Its place among the tiers, from 1. */
  readonly tierLevel: number;
  readonly canHandle: boolean;
  readonly reasoning: string | null;
}

export interface HandoffResult {
  readonly result: unknown;
  readonly handledBy: string;
  /** From the first agent to the one that handled it. */
  readonly path: readonly HandoffStep[];
}

/**
 * Each agent handles the task or hands it on. Every handoff is a delegation under the one before it, so limits add up
 * along the way and the trail shows the path; a task never comes back to an agent that had it.
 *
 * @returns {@link HandoffResult}.
 * @throws NoCapableAgentError when nobody is left to hand on to, DelegationError `DELEGATION_CYCLE` or
 * `DELEGATION_DEPTH_EXCEEDED`, RoleOutputError for a target that is no agent of the run.
 */
export const handoff = definePattern({
  name: 'handoff',
  options,
  async execute(execution): Promise<HandoffResult> {
    const { agents, options } = execution;
    const tiers = options.tiers
      ? [...new Set(options.tiers.map((name) => namedAgent(agents, name)!))]
      : agents;
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
      how = { delegation: await execution.delegate(agent, next, handoffTo(next.name, options)) };
      agent = next;
    }
  },
});

/** The next tier up; one that the agent says is needed may be further up, never further down. */
function nextTier(
  tiers: readonly AgentHandle[],
  path: readonly HandoffStep[],
  said: Evaluation,
): AgentHandle {
  const { tierLevel } = path.at(-1) as HandoffStep;
  const wanted = Math.max(tierLevel + 1, Math.ceil(said.requiresTier ?? 0));
  const next = tiers[wanted - 1];
  if (next) return next;
  throw nobodyLeft(
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
      throw nobodyLeft(path, 'a target or a capability, of which none came');
    const unvisited = tiers.filter((agent) => !isVisited(agent));
    return selectCapable(execution, unvisited, said.requiredCapability);
  }
  const next = tiers.find((agent) => agent.name === said.target || agent.id === said.target);
  if (!next) {
    const known = tiers.map((agent) => agent.name).join(', ');
    throw new RoleOutputError(from.agent, 'handoff tier', `a target out of ${known}`, `'${said.target}'`);
  }
  if (!isVisited(next)) return next;
  throw new DelegationError('DELEGATION_CYCLE', `Handing on to '${next.name}' would close a circle`, {
    expected: 'an agent that has not had the task',
    received: pathText(path, next),
    remedy: 'An agent that cannot handle a task again names another target.',
    evidence: { path: path.map((step) => step.agent), target: next.name },
  });
}

function tooDeep(path: readonly HandoffStep[], next: AgentHandle, limit: number): DelegationError {
  return new DelegationError('DELEGATION_DEPTH_EXCEEDED', `The task was handed on too often`, {
    expected: `at most ${limit} handoffs`,
    received: pathText(path, next),
    remedy: 'Raise maxHandoffs, or let an earlier agent handle it.',
    evidence: { path: path.map((step) => step.agent), target: next.name, limit },
  });
}

const nobodyLeft = (path: readonly HandoffStep[], wanted: string): NoCapableAgentError =>
  new NoCapableAgentError(
    `the task (${wanted})`,
    path.map(({ agent, reasoning }) => ({ agent, reason: reasoning ?? 'cannot handle it' })),
  );

const pathText = (path: readonly HandoffStep[], next: AgentHandle): string =>
  [...path.map((step) => step.agent), next.name].join(' → ');
