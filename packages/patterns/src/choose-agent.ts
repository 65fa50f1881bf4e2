import { PatternContractError } from '@kaizen-eatp/core/errors';
import type { AgentHandle } from '@kaizen-eatp/core/plugin';

/** How a pattern finds the agent for a part, if the caller does not name one. */
export interface AgentChoice {
  /** The name that the caller gave in the options. */
  readonly name?: string | null | undefined;
  /** Else the first whose name contains this, in any case. */
  readonly word: string;
  /** Else the first that has this method. */
  readonly method?: string;
}

/**
 * The agent for a part: the one that is named, else one that is called so, else one that has the part's method.
 *
 * @throws PatternContractError for a name that no agent has.
 */
export function chooseAgent(agents: readonly AgentHandle[], choice: AgentChoice): AgentHandle | undefined {
  const { method } = choice;
  const named = namedAgent(agents, choice.name);
  if (named) return named;
  return (
    agents.find((agent) => agent.name.toLowerCase().includes(choice.word)) ??
    (method === undefined ? undefined : agents.find((agent) => agent.can(method)))
  );
}

/** @throws PatternContractError for a name that no agent of the run has. */
export function namedAgent(
  agents: readonly AgentHandle[],
  name: string | null | undefined,
): AgentHandle | undefined {
  if (name === undefined || name === null) return undefined;
  const agent = agents.find((candidate) => candidate.name === name);
  if (agent) return agent;
  throw new PatternContractError(`There is no agent '${name}' in this run`, {
    expected: `one of ${agents.map((candidate) => candidate.name).join(', ')}`,
    received: `'${name}'`,
    remedy: 'Name an agent of the runtime in the options of the pattern.',
  });
}

/** @throws PatternContractError when a pattern has fewer agents for a part than it needs. */
export function expectAgents(
  pattern: string,
  part: string,
  agents: readonly AgentHandle[],
  atLeast = 1,
): void {
  if (agents.length >= atLeast) return;
  throw new PatternContractError(`Pattern '${pattern}' has too few agents for the part of ${part}`, {
    expected: `at least ${atLeast}`,
    received: `${agents.length}`,
    remedy: 'Give the runtime more agents.',
  });
}
