import { randomUUID } from 'node:crypto';
import { DelegationError, PatternContractError } from '../errors/index.js';
import { CallControl } from '../invocation/call-control.js';
import { guardedCall } from '../invocation/guard.js';
import { type InvocationScope, runInScope } from '../invocation/scope.js';
import { SharedTrail } from '../trust/audit/shared-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { proveInvocation } from '../trust/exchange/invocation-proof.js';
import { delegate } from '../trust/issue/delegate.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import { verify } from '../trust/verify/verify.js';
import type { JsonObject } from '../wire/index.js';
import type { InvocationContext } from './agent-like.js';
import { standaloneWatch } from './standalone-watch.js';
import {
  innerAgentOf,
  type RunOptions,
  recordOfTool,
  type TrustedAgent,
  toolOf,
  trustOf,
} from './trusted-agent.js';

/** One thing that an agent does outside a run. */
export interface StandaloneWork {
  readonly deployment: Deployment;
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
  const { deployment, agent, options } = work;
  const taskId = options.taskId ?? `task-${randomUUID()}`;
  const delegationId =
    work.delegationId === undefined ? await findDelegation(work, options.taskId) : work.delegationId;
  const control = new CallControl();
  const invocationId = `call-${randomUUID()}`;
  const grounds = delegationId === null ? {} : { delegationId, taskId };
  const request = { agentId: agent.id, action: work.action, ...grounds };
  const release = standaloneWatch(deployment, request, control, options);
  const call = { control, invocationId, taskId, delegationId, isOver: false };
  const scope = scopeOf(work, call);
  try {
    const { output } = await guardedCall(deployment, {
      trail: new SharedTrail(deployment),
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
    call.isOver = true;
    release();
  }
}

/** Of the delegations in force for the agent in this task: one that gives the right, else any, else none. */
async function findDelegation(
  { deployment, agent, action }: StandaloneWork,
  taskId: string | undefined,
): Promise<string | null> {
  if (taskId === undefined) return null;
  const entries = await deployment.store.findDelegations({
    taskId,
    delegateeId: agent.id,
    status: 'in_force',
  });
  for (const { delegationId } of entries) {
    if ((await verify(deployment, { agentId: agent.id, action, delegationId, taskId })).valid)
      return delegationId;
  }
  return entries[0]?.delegationId ?? null;
}

interface StandaloneCall {
  readonly control: CallControl;
  readonly invocationId: string;
  readonly taskId: string;
  readonly delegationId: string | null;
  isOver: boolean;
}

/** What the agent does meanwhile rests on the same authority, and ends with the call. */
function scopeOf(
  { deployment, agent, options, action }: StandaloneWork,
  call: StandaloneCall,
): InvocationScope {
  const { control, taskId, delegationId } = call;
  const given = new Map<TrustedAgent, string>();
  const within = { ...options, taskId, signal: control.signal };
  const human = options.humanOrigin && { humanOrigin: options.humanOrigin };
  const expectUnderWay = (): void => {
    if (control.reason) throw control.reason;
    if (call.isOver) throw over(call.invocationId);
  };
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    expectUnderWay();
    return work();
  };
  return {
    authority: { deployment, agentId: agent.id, delegationId, control, expectUnderWay },
    context: {
      get signal() {
        return control.signal;
      },
      invocationId: call.invocationId,
      taskId,
      agentId: agent.id,
      action,
      ...human,
      report: () => undefined,
      prove: (payloadSha256) =>
        during(() => {
          const { invocationId } = call;
          const what = { invocationId, taskId, agentId: agent.id, action, delegationId, ...human };
          return proveInvocation(deployment, what, payloadSha256);
        }),
    },
    invoke: (other, input) =>
      during(async () => {
        const grant = given.get(other);
        if (grant === undefined) throw required(agent, other);
        const act = (context: InvocationContext): unknown => innerAgentOf(other).run(input as never, context);
        return performAlone({
          deployment,
          agent: other,
          options: within,
          action: EXECUTE,
          input,
          delegationId: grant,
          act,
        });
      }),
    delegate: (to, request) =>
      during(async () => {
        if (deploymentOf(trustOf.get(to) as TrustOperations) !== deployment) throw required(agent, to);
        const { record } = await delegate(deployment, {
          ...request,
          delegatorId: agent.id,
          delegateeId: to.id,
          taskId,
          parentDelegationId: delegationId,
          ...human,
        });
        given.set(to, record.id);
        return record;
      }),
    callTool: (self, tool, args) =>
      during(async () => {
        const { capability, run } = toolOf(self, tool);
        return performAlone({
          deployment,
          agent: self,
          options: within,
          action: capability,
          resource: `tool:${tool}`,
          input: args,
          ...recordOfTool(tool, args),
          delegationId,
          act: (context) => run(args as never, context),
        });
      }),
  };
}

const over = (invocationId: string): PatternContractError =>
  new PatternContractError(`Invocation ${invocationId} has ended`, {
    remedy: 'Await everything that the agent starts before it returns.',
    evidence: { invocationId },
  });

const required = (from: TrustedAgent, to: TrustedAgent): DelegationError =>
  new DelegationError('DELEGATION_REQUIRED', `Agent '${to.name}' was not delegated anything by its caller`, {
    expected: `a delegation from ${from.id}`,
    remedy: 'Call delegateTo() first.',
    evidence: { delegatorId: from.id, delegateeId: to.id },
  });
