import { randomUUID } from 'node:crypto';
import type { HumanOrigin } from '../chain/index.js';
import { DelegationError, describe, ExecutionCancelledError, InvalidArgumentError } from '../errors/index.js';
import { SharedTrail } from '../trust/audit/shared-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { disclosureOf, personOf } from '../trust/persons.js';
import { ReadSet } from '../trust/read-set.js';
import { ParsedDelegation } from '../trust/verify/parsed-records.js';
import type { ValueLimits } from '../values/index.js';
import type { Actor } from './actor.js';
import { Asked } from './asked.js';
import type { Basis } from './basis.js';
import { RunBudget } from './budget.js';
import { CallControl } from './call-control.js';
import { Grants } from './grants.js';
import { Lifecycle } from './lifecycle.js';
import { PendingDelegations } from './pending-delegations.js';
import { InvocationSession } from './session.js';
import type { Work } from './session-options.js';

/** The options of one agent's act outside a run; all of them are copies. */
export interface StandaloneOptions {
  /** The task of the call. Default: a new one. */
  readonly taskId: string | undefined;
  /** The person on whose behalf the work is done. */
  readonly humanOrigin: HumanOrigin | undefined;
  /** Cancels the call when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** The delegation, made outside runs, that the agent acts under. Default: its own right. */
  readonly delegationId: string | undefined;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The time limit in milliseconds. */
  readonly timeout: number | undefined;
}

/** How deep calls may be nested outside a run. */
const MAX_NESTING = 16;
const NO_LIMITS: ValueLimits | undefined = undefined;

/** Performs an act of an agent outside runs: guarded like an invocation in a run, and recorded on the shared trail. */
export async function performAlone(
  actor: Actor,
  options: StandaloneOptions,
  work: Omit<Work, 'actor' | 'basis' | 'within'>,
): Promise<unknown> {
  const { deployment } = actor;
  const { humanOrigin, delegationId, signal } = options;
  const person = humanOrigin ? await personOf(deployment, humanOrigin) : undefined;
  const pseudonym = person?.pseudonym ?? null;
  const basis =
    delegationId === undefined ? undefined : await basisOf(deployment, actor, delegationId, pseudonym);
  expectSameTask(basis, options.taskId);
  const taskId = basis?.record.taskId ?? options.taskId ?? `task-${randomUUID()}`;
  const control = new CallControl();
  const cancel = (): void =>
    control.abort(new ExecutionCancelledError(`Agent '${actor.id}'`, signal?.reason));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const asked = new Asked();
  const trail = new SharedTrail(deployment);
  const session = new InvocationSession({
    deployment,
    trail,
    pending: new PendingDelegations(deployment.store, () => undefined, disclosureOf(person)),
    runId: null,
    taskId,
    initiatorId: null,
    person,
    outer: undefined,
    facts: options.facts,
    usage: { toolCalls: 0 },
    budget: new RunBudget(undefined, undefined),
    lifecycle: new Lifecycle({
      nextId: () => `call-${randomUUID()}`,
      control,
      timeout: options.timeout,
      maxNesting: MAX_NESTING,
      depth: 0,
    }),
    grants: new Grants({
      deployment,
      runId: null,
      taskId,
      person: pseudonym,
      now: () => trail.now(),
      keep: (entry) => deployment.store.commit([{ op: 'add_delegation', entry }]),
    }),
    valueLimits: NO_LIMITS,
    deadline: () => undefined,
    track: (ask) => asked.track(ask),
    participant: () => undefined,
    report: () => undefined,
  });
  try {
    return await session.perform({ ...work, actor, basis });
  } finally {
    await asked.settle();
    signal?.removeEventListener('abort', cancel);
  }
}

/** The delegation that the caller names. The guard checks whether it is in force, and for this agent and person. */
async function basisOf(
  deployment: Deployment,
  actor: Actor,
  delegationId: string,
  person: string | null,
): Promise<Basis> {
  const reads = new ReadSet(deployment);
  const need = reads.need({ delegationId });
  if (need) await need;
  const path = reads.path(delegationId).map((entry) => deployment.delegationEvidence(entry));
  const links = path.filter((link) => link instanceof ParsedDelegation);
  const leaf = links[0];
  if (!leaf || links.length < path.length) {
    throw new DelegationError('DELEGATION_NOT_FOUND', `There is no delegation '${delegationId}'`, {
      expected: 'a delegation that was made outside runs, and is stored',
      remedy: 'Pass what delegate() or delegateTo() returned.',
      evidence: { delegationId, agentId: actor.id },
    });
  }
  return {
    record: leaf.record,
    binding: { runId: null, invocationId: null, person },
    entries: reads.path(delegationId),
    path: links,
    delegators: [],
    delegatorIds: links.map(({ record }) => record.delegatorId),
  };
}

/** The task is taken from the delegation. A caller who names another one is mistaken about one of the two. */
function expectSameTask(basis: Basis | undefined, taskId: string | undefined): void {
  if (!basis || taskId === undefined || taskId === basis.record.taskId) return;
  throw new InvalidArgumentError('`taskId` is not the task of the delegation', {
    expected: `the task '${basis.record.taskId}', or no taskId`,
    received: describe(taskId),
    remedy: 'Leave taskId out, or act under a delegation for that task.',
  });
}
