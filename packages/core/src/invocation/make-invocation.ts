import type { Invocation } from './invocation.js';
import type { Call } from './lifecycle.js';
import type { SessionOptions, Work } from './session-options.js';

/** Makes the invocation of an act, from copies. */
export function invocationOf(at: SessionOptions, work: Work, call: Call): Invocation {
  const { taskId, runId, initiatorId, person, facts, outer, usage } = at;
  const { by, input } = work;
  const tool = 'tool' in by ? by.tool : undefined;
  return Object.freeze({
    id: call.id,
    attempt: call.step?.attempt ?? 1,
    taskId,
    runId,
    agentId: work.actor.id,
    action: work.action,
    method: 'method' in by ? by.method : null,
    tool: tool?.name ?? null,
    effects: tool?.effects,
    resource: work.resource ?? null,
    basis: work.basis,
    initiatorId,
    person,
    startedAt: at.deployment.now(),
    toolCalls: tool ? ++usage.toolCalls : usage.toolCalls,
    approvedBy: work.approvedBy,
    outer,
    input,
    inputDigest: work.inputDigest ?? input.digest,
    // The facts of the code that started the work come last: no agent can replace them.
    facts: work.facts ? { ...work.facts, ...facts } : facts,
    details: work.details,
    trace: call.trace,
  });
}
