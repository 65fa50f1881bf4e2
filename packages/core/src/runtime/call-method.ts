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
  const role = (agent as unknown as Record<string, unknown>)[method];
  if (typeof role !== 'function') throw new MissingRoleMethodError(name, [method], methodsOf(agent));
  return role.call(agent, input, context);
}

/** @throws MissingRoleMethodError. */
export function expectMethod(name: string, agent: AgentLike, method: string): void {
  if (typeof (agent as unknown as Record<string, unknown>)[method] === 'function') return;
  throw new MissingRoleMethodError(name, [method], methodsOf(agent));
}
