import { describe, InvalidArgumentError } from '../errors/index.js';
import type { Deployment } from '../trust/deployment.js';
import type { ApprovalTerms } from './approval-request.js';
import type { InvocationContext } from './context.js';

/** A tool as the guard calls it. */
export interface Tool {
  /** The name under which the agent has it. */
  readonly name: string;
  /** The capability that a call of the tool requires. */
  readonly capability: string;
  /** The effect of the tool on the world; undefined if its author does not declare it. */
  readonly effects: 'read' | 'write' | undefined;
  /** The people who must approve each call of the tool; undefined if none need. */
  readonly requiresApproval: ApprovalTerms | undefined;
  /** Does the work. */
  run(args: unknown, context: InvocationContext): unknown;
}

/** Something with methods that patterns can call. */
export interface Callable {
  /** The id of its trust chain, or one made from its name where there is no trust. */
  readonly id: string;
  /** The name it was created with. */
  readonly name: string;
  /** The methods that can be called. */
  readonly methods: readonly string[];
  /** Whether the agent does its work in another process. */
  readonly isRemote: boolean;
  /** @throws MissingRoleMethodError, or `METHOD_NOT_DECLARED` for a method that is neither a role's nor declared. */
  expectMethod(method: string): void;
  /** Calls a method. @throws as {@link expectMethod}. */
  call(method: string, input: unknown, context: InvocationContext): unknown;
}

/**
 * The agent behind a `TrustedAgent`, which only the guard reaches. It is not exported from the package, so that a
 * plugin that holds an agent's object cannot call past the guard.
 */
export interface Actor extends Callable {
  /** The object that users hold. */
  readonly agent: object;
  /** The deployment whose trust operations it was created with. */
  readonly deployment: Deployment;
  /** Whether it may be called again after the process ended while it worked. */
  readonly interrupted: 'unknown' | 'retry';
  /** The people who must approve each invocation; undefined if none need. */
  readonly requiresApproval: ApprovalTerms | undefined;
  /** @throws UnknownToolError. */
  tool(name: string): Tool;
}

const actors = new WeakMap<object, Actor>();

/** Registers the agent behind an object with the guard. Called once for each object, by its constructor. */
export const registerActor = (actor: Actor): void => void actors.set(actor.agent, actor);

/** @throws InvalidArgumentError for anything but a TrustedAgent. */
export function expectActor(agent: unknown): Actor {
  const actor = typeof agent === 'object' && agent !== null ? actors.get(agent) : undefined;
  if (actor) return actor;
  throw new InvalidArgumentError('`agent` must be a TrustedAgent', {
    expected: 'the TrustedAgent that acts',
    received: describe(agent),
    remedy: 'Pass the object that `new TrustedAgent(…)` returned; a copy or a proxy of it is not recognised.',
  });
}
