import { PatternContractError } from '@kaizen-eatp/core/errors';
import type { AgentHandle } from '@kaizen-eatp/core/plugin';

/** How a pattern finds the agent for a part. */
export interface AgentChoice {
  /** The name in the options, if the caller gave one. */
  readonly name?: string | null | undefined;
  /** Otherwise the first agent whose name contains this word, in lower or upper case. */
  readonly word: string;
  /** Otherwise the first agent that has this method. */
  readonly method?: string;
}

/**
 * Finds the agent for a part: by the name in the options, else by the word, else by the method.
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

/** Finds the agent with a name. @throws PatternContractError for a name that no agent of the run has. */
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

/** Checks that there are enough agents for a part. @throws PatternContractError. */
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
