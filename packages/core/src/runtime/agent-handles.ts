import { PatternContractError } from '../errors/index.js';
import type { AgentHandle } from '../pattern/pattern.js';

/** Makes handles for agents. Only this object can find the agent behind a handle. */
export class AgentHandles<Agent extends object> {
  /** The handles of all agents, in their order. */
  readonly all: readonly AgentHandle[];
  readonly #agents = new Map<AgentHandle, Agent>();
  readonly #handles = new Map<Agent, AgentHandle>();
  readonly #byId = new Map<string, Agent>();

  constructor(
    agents: readonly (readonly [name: string, agent: Agent])[],
    describe: (agent: Agent) => AgentFacts,
  ) {
    this.all = Object.freeze(
      agents.map(([name, agent]) => {
        const { id, capabilities, isSupervisor, methods } = describe(agent);
        const can = (method: string): boolean => methods().includes(method);
        const handle: AgentHandle = Object.freeze({
          id,
          name,
          capabilities: Object.isFrozen(capabilities) ? capabilities : Object.freeze([...capabilities]),
          isSupervisor,
          can,
        });
        this.#agents.set(handle, agent);
        this.#handles.set(agent, handle);
        this.#byId.set(id, agent);
        return handle;
      }),
    );
  }

  /** @throws PatternContractError for anything that this run did not hand out. */
  agent(handle: AgentHandle): Agent {
    const agent = this.#agents.get(handle);
    if (agent) return agent;
    throw new PatternContractError('This is not an agent of this run', {
      expected: 'one of execution.agents',
      received:
        typeof handle === 'object' && handle !== null ? `an object named '${handle.name}'` : typeof handle,
      remedy: 'Use the handles that the execution gives; a copy, or one of another run, reaches no agent.',
    });
  }

  /** Returns the participating agent with this id, if there is one. */
  byId(agentId: string): Agent | undefined {
    return this.#byId.get(agentId);
  }

  /** Returns the handle of an agent; undefined if the agent is unknown. */
  handle(agent: Agent): AgentHandle | undefined {
    return this.#handles.get(agent);
  }
}

/** The facts about an agent that its handle shows to patterns. */
export interface AgentFacts {
  /** The agent's id. */
  readonly id: string;
  /** The capabilities of the agent, except those of the protocol. */
  readonly capabilities: readonly string[];
  /** Whether the agent has the methods of a supervisor. */
  readonly isSupervisor: boolean;
  /** Lists the methods that patterns can call. */
  methods(): readonly string[];
}
