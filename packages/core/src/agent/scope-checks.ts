import { DelegationError } from '../errors/index.js';
import type { InvocationScope } from '../invocation/scope.js';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** In the middle of one agent's invocation, another does not act by its own right because somebody holds its object. */
export function expectSelf(agent: Named, scope: InvocationScope, what: string): void {
  if (scope.context.agentId === agent.id) return;
  throw new DelegationError('DELEGATION_REQUIRED', `Agent '${agent.name}' cannot ${what} for another`, {
    expected: `to be invoked by ${scope.context.agentId} under a delegation`,
    received: "a call in the middle of that agent's own invocation",
    remedy: 'Delegate to the agent and run it; what it does then, it does itself.',
    evidence: { agentId: agent.id, invokedAgentId: scope.context.agentId },
  });
}

/** What is handed on for good must not rest on what was given for a task. */
export function expectOwnRight(agent: Named, scope: InvocationScope): void {
  if (scope.authority.delegationId === null) return;
  throw new DelegationError('DELEGATION_REFUSED', `Agent '${agent.name}' acts under a delegation`, {
    expected: 'a delegation for this task',
    received: 'one that is to last',
    remedy: 'Leave `lasting` out; what was given for a task ends with it.',
    evidence: { agentId: agent.id, delegationId: scope.authority.delegationId },
  });
}
