import type { AuditAnchor } from '../chain/index.js';
import {
  AgentDisconnectedError,
  AgentExecutionError,
  type EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  RevokedError,
  VerificationDeniedError,
} from '../errors/index.js';
import { sealIntent } from '../trust/audit/intent-code.js';
import { recordDenial } from '../trust/audit/record-denial.js';
import { expectKeyFor, signerFor } from '../trust/audit/trail-signer.js';
import type { TrailWriter } from '../trust/audit/trail-writer.js';
import type { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';
import type { Denial } from '../trust/verify/denial.js';
import type { GuardedRequest, VerificationResult } from '../trust/verify/types.js';
import { verify } from '../trust/verify/verify.js';
import { type CapturedValue, frozenCopy } from '../values/index.js';
import { turnOfEventLoop } from '../wire/event-loop.js';
import { unrecordable, unverifiable } from './act-not-done.js';
import { delegationIds } from './basis.js';
import type { Exhausted } from './budget.js';
import { withinBudget } from './budget-verdict.js';
import {
  deniedAnchor,
  type Invocation,
  intentOf,
  notStartedAnchor,
  type Outcome,
  outcomeAnchor,
} from './invocation.js';
import type { Call } from './lifecycle.js';
import type { PendingDelegations } from './pending-delegations.js';

/** Where the guard reads and writes. */
export interface GuardPlace {
  /** The deployment whose store and rules apply. */
  readonly deployment: Deployment;
  /** The trail that receives the records. */
  readonly trail: TrailWriter;
  /** Delegations of the run that are not stored yet. */
  readonly pending: PendingDelegations;
}

/** Receives the steps of a call, and can change nothing. */
export interface StepObserver {
  /** The verification starts. */
  onVerifying(): void;
  /** The outcome is recorded. */
  onRecorded(anchor: AuditAnchor): void;
}

/** An act that the guard permits or denies. */
export interface GuardedAct {
  /** Receives the steps of the call; undefined if it is not observed. */
  readonly seen?: StepObserver | undefined;
  /** Counts the act against the budgets, of which some are verified labels. @returns the budget that does not permit it. */
  spend?(labels: readonly string[]): Exhausted | undefined;
  /** Called once the verdict is known, with the time at which the right ends. From then on the call is watched. */
  onPermitted(verdict: VerificationResult): void;
  /** Called once a denial is recorded. */
  onDenied(denial: Denial): void;
  /** Calls the agent and reads its output once. @returns the output. */
  perform(): CapturedValue | Promise<CapturedValue>;
}

/**
 * The only way in which an action is done: verify, store the intent, act, store the signed outcome. No record, no
 * action; and no result before its record.
 *
 * @returns the output.
 * @throws VerificationDeniedError, RevokedError, AgentExecutionError, AgentDisconnectedError, ExecutionTimeoutError,
 * ExecutionCancelledError, all of which are in the trail by then; StoreError, KeyError `KEY_NOT_FOUND` or AuthorityError
 * `RECORDER_REQUIRED` if nothing was done, and OutcomeNotRecordedError if the action may have been done.
 */
export async function guard(
  place: GuardPlace,
  invocation: Invocation,
  call: Call,
  act: GuardedAct,
): Promise<CapturedValue> {
  const { deployment, trail, pending } = place;
  const turn = turnOfEventLoop();
  if (turn) await turn;
  const admission = admitted(place, invocation, call);
  if (admission) await admission;
  act.seen?.onVerifying();
  // One moment judges every expiry, and is signed as the moment at which the act began.
  const startedAt = trail.now();
  const reads = new ReadSet(deployment, pending, startedAt);
  const verdict = withinBudget(await verify(deployment, requestOf(invocation), reads), act.spend);
  const dependsOn = delegationIds(invocation.basis);
  const before = { reads, commit: { pending, dependsOn } };
  if (verdict.denial) {
    const error = new VerificationDeniedError(invocation.agentId, invocation.action, verdict.denial);
    if (call.step && verdict.denial.code === 'VERIFIER_FAILED') throw unverifiable(invocation, error);
    const denied = { ...deniedAnchor(invocation, verdict.denial), startedAt };
    const denial = await recordDenial(verdict.denial, async () => {
      // A record that nothing can sign must not count as a failure of the trail.
      await signerFor(reads, denied);
      const anchor = await trail.append(denied, { ...before, with: call.step?.settle({ error }) });
      act.seen?.onRecorded(anchor);
    });
    act.onDenied(denial);
    if (denial === verdict.denial) throw error;
    throw new VerificationDeniedError(invocation.agentId, invocation.action, denial);
  }
  const missingKey = expectKeyFor(reads, invocation.agentId);
  if (missingKey) await missingKey;
  if (trail.failure !== undefined) throw unrecordable(invocation, trail.failure);
  act.onPermitted(verdict);
  const openedAt = deployment.timestampOf(startedAt);
  const signer = signerFor(reads, invocation);
  const { authority } = signer instanceof Promise ? await signer : signer;
  const { presence } = deployment;
  const announced = presence.announce();
  if (announced) await announced;
  const bare = intentOf(invocation, trail.trailId, presence.owner, openedAt);
  const sealed = sealIntent(deployment, bare, authority);
  const intent = sealed instanceof Promise ? await sealed : sealed;
  await presence.as(intent.owner, pending.commit([{ op: 'open_intent', intent }], dependsOn));
  const acting = perform(invocation, call, act);
  const outcome = await acting.outcome;
  const anchor = await trail.append(
    outcomeAnchor(invocation, outcome, {
      startedAt,
      openedAt,
      unenforced: verdict.unenforcedConstraints,
      nestedRuns: call.nestedRuns,
      usage: call.usage,
      hasStarted: acting.hasStarted,
    }),
    {
      reads,
      with: call.step?.settle(outcome),
      isDeferrable: call.step?.isDeferrable,
      closesIntent: { invocationId: invocation.id, agentId: invocation.agentId, outcome: outcome.outcome },
    },
  );
  act.seen?.onRecorded(anchor);
  if (outcome.outcome === 'success') return outcome.output;
  throw outcome.error;
}

/**
 * Returns the verification request. It is made from the invocation, so that the verified action is the one that is
 * done.
 */
export function requestOf(invocation: Invocation): GuardedRequest {
  const { agentId, action, resource, basis, person, method, tool, effects, facts } = invocation;
  return {
    agentId,
    action,
    context: facts,
    ...(resource !== null && { resource }),
    ...(basis && { delegationId: basis.record.id, binding: basis.binding }),
    guarded: {
      method,
      tool,
      effects,
      person: person?.pseudonym ?? null,
      startedAt: invocation.startedAt,
      toolCalls: invocation.toolCalls,
      approvedBy: invocation.approvedBy,
      input: () => frozenCopy(invocation.input),
    },
  };
}

/** Returns a promise that settles when the call has its turn; undefined if it need not wait. */
function admitted(place: GuardPlace, invocation: Invocation, call: Call): Promise<void> | undefined {
  const turn = call.admit();
  const refuse = (): Promise<void> => neverStarted(place, invocation, call);
  if (!turn) return call.control.reason ? refuse() : undefined;
  return turn.then(
    () => (call.control.reason ? refuse() : undefined),
    (thrown) => {
      if (!call.control.reason) throw thrown;
      return refuse();
    },
  );
}

/** A call that is stopped while it waits for its turn never starts; this is recorded, too. */
async function neverStarted(
  { trail, pending }: GuardPlace,
  invocation: Invocation,
  call: Call,
): Promise<void> {
  const outcome = stopped(invocation, call, undefined);
  const dependsOn = delegationIds(invocation.basis);
  await trail.append(notStartedAnchor(invocation, outcome), {
    commit: { pending, dependsOn },
    with: call.step?.settle(outcome),
  });
  throw outcome.error;
}

/** Calls the agent, unless the call was stopped while its intent was being stored. */
function perform(
  invocation: Invocation,
  call: Call,
  act: GuardedAct,
): { hasStarted: boolean; outcome: Promise<Outcome> } {
  let hasStarted = false;
  const acting = call.control.race(() => {
    hasStarted = true;
    call.begin();
    return act.perform();
  });
  const outcome = acting.then(
    (output): Outcome => ({ outcome: 'success', output }),
    (thrown) => stopped(invocation, call, thrown),
  );
  // The work begins at once or never.
  return { hasStarted, outcome };
}

/** Returns the outcome of a stopped call: the reason for the stop decides, not how the agent reacted to it. */
function stopped(
  { id, agentId }: Invocation,
  { control: { reason } }: Call,
  thrown: unknown,
): Extract<Outcome, { error: EatpError }> {
  if (reason instanceof RevokedError) return { outcome: 'revoked', error: reason };
  if (reason instanceof ExecutionTimeoutError) return { outcome: 'timed_out', error: reason };
  if (reason instanceof ExecutionCancelledError) return { outcome: 'cancelled', error: reason };
  if (reason) return { outcome: 'cancelled', error: new ExecutionCancelledError(id, reason) };
  if (thrown instanceof AgentDisconnectedError) return { outcome: 'unknown', error: thrown };
  return { outcome: 'failure', error: new AgentExecutionError(agentId, id, thrown) };
}
