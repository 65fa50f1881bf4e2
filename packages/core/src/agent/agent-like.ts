import type { InvocationContext } from '../invocation/context.js';

/** An object with a method `run` can be an agent. Further methods let it play the roles of patterns. */
export interface AgentLike {
  /**
   * Does the agent's work. A sync or async generator streams: the values that it yields are progress, and its return
   * value is the result.
   */
  run(input: never, context: InvocationContext): unknown;
  /** Whether the work is done in another process. Observers receive this. Default: false. */
  readonly isRemote?: boolean;
}

/** A function can be an agent, too. */
export type AgentFunction = (input: never, context: InvocationContext) => unknown;

/**
 * A function or an object that can be given as an agent. The object can have the methods of roles in addition to `run`.
 */
export type AgentSource = AgentFunction | AgentLike | (AgentLike & Readonly<Record<string, unknown>>);

/** The methods of an agent object, including those of its prototypes. */
export function methodsOf(agent: object): string[] {
  const names = new Set<string>();
  for (
    let at: object | null = agent;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const property = Object.getOwnPropertyDescriptor(at, name);
      if (name !== 'constructor' && typeof property?.value === 'function') names.add(name);
    }
  }
  return [...names];
}
