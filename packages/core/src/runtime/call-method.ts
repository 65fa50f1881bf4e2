import { type AgentLike, type InvocationContext, methodsOf } from '../agent/agent-like.js';
import { MissingRoleMethodError } from '../errors/index.js';

/** Calls an agent's method for a role. @throws MissingRoleMethodError. */
export function callMethod(
  name: string,
  agent: AgentLike,
  method: string,
  input: unknown,
  context: InvocationContext,
): unknown {
  expectMethod(name, agent, method);
  return (agent as unknown as Record<string, AgentLike['run']>)[method]?.call(agent, input as never, context);
}

/** @throws MissingRoleMethodError, for what every object has as well: that is no role. */
export function expectMethod(name: string, agent: AgentLike, method: string): void {
  const isRole = !(method in Object.prototype) && typeof (agent as never)[method] === 'function';
  if (!isRole) throw new MissingRoleMethodError(name, [method], methodsOf(agent));
}
