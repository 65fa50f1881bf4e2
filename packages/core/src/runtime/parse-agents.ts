import { describe, InvalidArgumentError } from '../errors/index.js';

/**
 * The agents of a runtime, in the order in which patterns see them: an array of agents that have names, an array of
 * `[name, agent]` entries, or an object of agents by name.
 */
export type AgentsByName<Agent> =
  | Readonly<Record<string, Agent>>
  | readonly (readonly [name: string, agent: Agent])[]
  | readonly (Agent & { readonly name: string })[];

/** Reads agents in the order in which they were written. @throws InvalidArgumentError. */
export function parseAgents<Agent>(given: AgentsByName<Agent>): ReadonlyMap<string, Agent> {
  const entries = Array.isArray(given) ? fromArray<Agent>(given) : fromObject<Agent>(given);
  const agents = new Map<string, Agent>();
  for (const [name, agent] of entries) {
    if (agents.has(name)) {
      throw new InvalidArgumentError(`There are two agents named '${name}'`, {
        expected: 'a unique name for each agent',
        received: `'${name}' twice`,
        remedy: 'Rename one of them.',
      });
    }
    agents.set(expectName(name), agent);
  }
  if (agents.size > 0) return agents;
  throw new InvalidArgumentError('`agents` must name at least one agent', {
    expected: 'an array of agents, of [name, agent] entries, or an object of agents by name',
    received: describe(given),
    remedy: 'Pass them as `agents: { analyst, summarizer }`.',
  });
}

function fromArray<Agent>(given: readonly unknown[]): (readonly [string, Agent])[] {
  const entries: (readonly [string, Agent])[] = [];
  for (let i = 0; i < given.length; i++) {
    const item = given[i];
    if (Array.isArray(item)) entries.push([item[0] as string, item[1] as Agent]);
    else entries.push([(item as { name?: unknown } | null)?.name as string, item as Agent]);
  }
  return entries;
}

function fromObject<Agent>(given: unknown): (readonly [string, Agent])[] {
  if (typeof given !== 'object' || given === null || given instanceof Map) return [];
  const { agents } = given as { agents?: unknown };
  if (Array.isArray(agents)) {
    throw new InvalidArgumentError('`agents` is an object that holds a list of agents', {
      expected: 'the list itself',
      received: '{ agents: […] }',
      remedy:
        'Pass the list: createRuntime([a, b]) or new TrustAwareOrchestrationRuntime({ agents: [a, b], … }).',
    });
  }
  return Object.entries(given).map(([name, agent]) => {
    // JavaScript moves such names to the front of an object, so the written order is lost.
    if (/^(0|[1-9]\d*)$/.test(name)) {
      throw new InvalidArgumentError(`\`agents\` must not have the name '${name}' in an object`, {
        expected: 'names that are not whole numbers: JavaScript sorts those, and the written order is lost',
        received: `'${name}'`,
        remedy: 'Pass an array of entries instead: agents: [[name, agent], …].',
      });
    }
    return [name, agent as Agent];
  });
}

function expectName(name: unknown): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= 256 && name.isWellFormed()) return name;
  throw new InvalidArgumentError('Each agent of a runtime needs a name', {
    expected: 'a string of 1 to 256 characters',
    received: describe(name),
    remedy: 'Give each agent a name, or pass [name, agent] entries.',
  });
}

/** The agents that take part in one run. @throws InvalidArgumentError for a name that no agent has. */
export function selectAgents<Agent>(
  all: ReadonlyMap<string, Agent>,
  names: readonly string[] | undefined,
): ReadonlyMap<string, Agent> {
  if (!names) return all;
  const selected = new Map<string, Agent>();
  for (const name of names) {
    const agent = all.get(name);
    if (agent === undefined || selected.has(name)) {
      throw new InvalidArgumentError('`agents` must name agents of this runtime, each once', {
        expected: `names among ${[...all.keys()].slice(0, 20).join(', ')}${all.size > 20 ? ', …' : ''}`,
        received: `'${name}'`,
        remedy: 'Correct the name, or add the agent to the runtime.',
      });
    }
    selected.set(name, agent);
  }
  return selected;
}
