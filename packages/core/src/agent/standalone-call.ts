import { randomUUID } from 'node:crypto';
import { DelegationError } from '../errors/index.js';
import { EXECUTE } from '../operations/capability-match.js';
import { delegate } from '../operations/delegate.js';
import type { Kernel } from '../operations/kernel.js';
import { SharedTrail } from '../operations/trail-writer.js';
import { verify } from '../operations/verification.js';
import type { JsonObject } from '../wire/index.js';
import type { InvocationContext } from './agent-like.js';
import { CallControl } from './call-control.js';
import { guardedCall } from './guarded-call.js';
import { type InvocationScope, runInScope } from './invocation-scope.js';
import { standaloneWatch } from './standalone-watch.js';
import { innerAgentOf, type RunOptions, recordOfTool, type TrustedAgent, toolOf } from './trusted-agent.js';

/** One thing that an agent does outside a run. */
export interface StandaloneWork {
  readonly kernel: Kernel;
  readonly agent: TrustedAgent;
  readonly options: RunOptions;
  readonly action: string;
  readonly input: unknown;
  readonly resource?: string;
  readonly details?: JsonObject;
  readonly recordedInput?: unknown;
  /** Undefined: look for one that gives the right. Null: by its own right. */
  readonly delegationId?: string | null;
  act(context: InvocationContext): unknown;
}

/** Guarded like an invocation in a run, on the trail for what happens outside runs. */
export async function performAlone(work: StandaloneWork): Promise<unknown> {
  const { kernel, agent, options } = work;
  const taskId = options.taskId ?? `task-${randomUUID()}`;
  const delegationId =
    work.delegationId === undefined ? await findDelegation(work, options.taskId) : work.delegationId;
  const control = new CallControl();
  const invocationId = `call-${randomUUID()}`;
  const release = standaloneWatch(kernel, agent.id, control, options);
  const scope = scopeOf(work, { control, invocationId, taskId, delegationId });
  try {
    const { output } = await guardedCall(kernel, {
      trail: new SharedTrail(kernel),
      invocationId,
      taskId,
      agentId: agent.id,
      action: work.action,
      ...(work.resource !== undefined && { resource: work.resource }),
      delegationId,
      ...(options.humanOrigin && { humanOrigin: options.humanOrigin }),
      input: work.input,
      ...(work.recordedInput !== undefined && { recordedInput: work.recordedInput }),
      ...(work.details && { details: work.details }),
      control,
      act: () => runInScope(scope, () => work.act(scope.context)),
    });
    return output;
  } finally {
    release();
  }
}

/** Of the delegations in force for the agent in this task: one that gives the right, else any, else none. */
async function findDelegation(
  { kernel, agent, action }: StandaloneWork,
  taskId: string | undefined,
): Promise<string | null> {
  if (taskId === undefined) return null;
  const entries = await kernel.store.findDelegations({ taskId, delegateeId: agent.id, status: 'in_force' });
  for (const { delegationId } of entries) {
    if ((await verify(kernel, { agentId: agent.id, action, delegationId, taskId })).valid)
      return delegationId;
  }
  return entries[0]?.delegationId ?? null;
}

/** What the agent does meanwhile rests on the same authority. */
function scopeOf(
  { kernel, agent, options }: StandaloneWork,
  call: { control: CallControl; invocationId: string; taskId: string; delegationId: string | null },
): InvocationScope {
  const { control, taskId, delegationId } = call;
  const given = new Map<string, string>();
  const within = { ...options, taskId, signal: control.signal };
  return {
    authority: { kernel, agentId: agent.id, delegationId },
    context: {
      get signal() {
        return control.signal;
      },
      invocationId: call.invocationId,
      taskId,
      agentId: agent.id,
      ...(options.humanOrigin && { humanOrigin: options.humanOrigin }),
      report: () => undefined,
    },
    invoke(other, input) {
      const grant = given.get(other.id);
      if (grant === undefined) return Promise.reject(required(agent, other));
      const act = (context: InvocationContext): unknown => innerAgentOf(other).run(input as never, context);
      return performAlone({
        kernel,
        agent: other,
        options: within,
        action: EXECUTE,
        input,
        delegationId: grant,
        act,
      });
    },
    async delegate(to, request) {
      const { record } = await delegate(kernel, {
        ...request,
        delegatorId: agent.id,
        delegateeId: to.id,
        taskId,
        parentDelegationId: delegationId,
        ...(options.humanOrigin && { humanOrigin: options.humanOrigin }),
      });
      given.set(to.id, record.id);
      return record;
    },
    callTool(self, tool, args) {
      const { capability, run } = toolOf(self, tool);
      return performAlone({
        kernel,
        agent: self,
        options: within,
        action: capability,
        resource: `tool:${tool}`,
        input: args,
        ...recordOfTool(tool, args),
        delegationId,
        act: (context) => run(args as never, context),
      });
    },
  };
}

const required = (from: TrustedAgent, to: TrustedAgent): DelegationError =>
  new DelegationError('DELEGATION_REQUIRED', `Agent '${to.name}' was not delegated anything by its caller`, {
    expected: `a delegation from ${from.id}`,
    remedy: 'Call delegateTo() first.',
    evidence: { delegatorId: from.id, delegateeId: to.id },
  });
