import type { ActionResult, AuditAnchor, HumanOrigin } from '../chain/index.js';
import {
  AgentDisconnectedError,
  AgentExecutionError,
  describeThrown,
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  RevokedError,
  VerificationDeniedError,
} from '../errors/index.js';
import type { Intent } from '../store/index.js';
import { payloadDigest } from '../trust/audit/payload-digest.js';
import type { TrailWriter } from '../trust/audit/trail-writer.js';
import type { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';
import type { Denial } from '../trust/verify/denial.js';
import type { VerificationRequest, VerificationResult } from '../trust/verify/types.js';
import { verify } from '../trust/verify/verify.js';
import type { JsonObject, JsonValue, Timestamp } from '../wire/index.js';
import { redactText } from '../wire/redaction.js';
import type { CallControl } from './call-control.js';

/** One thing an agent is about to do: run, or use a tool. */
export interface GuardedCall {
  readonly trail: TrailWriter;
  readonly invocationId: string;
  readonly taskId: string;
  readonly runId?: string;
  readonly agentId: string;
  readonly action: string;
  readonly resource?: string;
  readonly delegationId: string | null;
  readonly initiatorId?: string;
  readonly humanOrigin?: HumanOrigin;
  readonly input: unknown;
  /** What of the input may be recorded, where it holds secrets; a digest of them could be guessed. */
  readonly recordedInput?: unknown;
  /** For constraint evaluators. */
  readonly constraintContext?: Readonly<Record<string, unknown>>;
  /** Signed with the anchor. */
  readonly details?: JsonObject;
  readonly control: CallControl;
  /** Waits for the call's turn, where calls are limited. */
  admit?(): Promise<void> | undefined;
  /** Called between the stored intent and the act. */
  onStart?(): void;
  act(): unknown;
}

export interface GuardedOutcome {
  readonly output: unknown;
  readonly anchor: AuditAnchor;
}

type Outcome =
  | { readonly outcome: 'success'; readonly output: unknown }
  | {
      readonly outcome: 'failure' | 'cancelled' | 'timed_out' | 'revoked' | 'unknown';
      readonly error: EatpError;
    };

const RESULTS: Record<Outcome['outcome'], ActionResult> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'partial',
  timed_out: 'partial',
  revoked: 'denied',
  unknown: 'partial',
};

/**
 * The one way in which anything is done: verify, store the intent, act, store the signed outcome. No record, no
 * action; and no result before its record (decisions 4, 5, 17).
 *
 * @throws VerificationDeniedError, RevokedError, AgentExecutionError, AgentDisconnectedError,
 * ExecutionTimeoutError, ExecutionCancelledError, StoreError; all but the last are in the trail by then.
 */
export async function guardedCall(deployment: Deployment, call: GuardedCall): Promise<GuardedOutcome> {
  const reads = new ReadSet(deployment);
  await admitted(call);
  const verdict = await verifyCall(reads, call);
  if (verdict.denial) {
    await call.trail.append(deniedAnchor(call, verdict.denial, digestOf(call)));
    throw new VerificationDeniedError(call.agentId, call.action, verdict.denial);
  }
  const intent = intentOf(deployment, call, digestOf(call));
  await deployment.store.commit([{ op: 'open_intent', intent }]);
  // Whoever called may have changed the input since; the record says what the agent is given.
  const inputDigest = digestOf(call);
  const outcome = await act(call);
  const anchor = await call.trail.append(
    {
      agentId: call.agentId,
      action: call.action,
      resource: call.resource ?? null,
      result: RESULTS[outcome.outcome],
      context: contextOf(call, intent.openedAt, inputDigest, outcome, verdict),
      ...(call.humanOrigin && { humanOrigin: call.humanOrigin }),
    },
    { closesIntent: call.invocationId, reads },
  );
  if (outcome.outcome === 'success') return { output: outcome.output, anchor };
  throw outcome.error;
}

async function verifyCall(reads: ReadSet, call: GuardedCall): Promise<VerificationResult> {
  const { deployment } = reads;
  const { agentId, action, resource, runId, delegationId, humanOrigin } = call;
  const request: VerificationRequest = {
    agentId,
    action,
    ...(resource !== undefined && { resource }),
    ...(call.constraintContext && { context: call.constraintContext }),
    ...(delegationId !== null && {
      delegationId,
      taskId: call.taskId,
      ...(runId !== undefined && { runId }),
    }),
  };
  const result = await verify(deployment, request, reads);
  if (!result.valid || !humanOrigin) return result;
  const [revoked] = await deployment.store.readRevocations('person', [humanOrigin.humanId]);
  if (!revoked) return result;
  const denial: Denial = {
    code: 'REVOKED',
    reason: `all that came from ${revoked.subjectId} is revoked: ${revoked.reason}`,
  };
  return { ...result, valid: false, denial, reason: denial.reason };
}

/** A call that is stopped while it waits for its turn never starts, and that is recorded too. */
async function admitted(call: GuardedCall): Promise<void> {
  try {
    const turn = call.admit?.();
    if (turn) await turn;
    if (!call.control.reason) return;
  } catch (thrown) {
    if (!call.control.reason) throw thrown;
  }
  const { outcome, error } = stopped(call, undefined) as Extract<Outcome, { error: EatpError }>;
  await call.trail.append({
    agentId: call.agentId,
    action: call.action,
    resource: call.resource ?? null,
    result: RESULTS[outcome],
    context: {
      ...placeInWork(call, digestOf(call)),
      outcome,
      error: describeError(error),
      started: false,
    },
    ...(call.humanOrigin && { humanOrigin: call.humanOrigin }),
  });
  throw error;
}

async function act(call: GuardedCall): Promise<Outcome> {
  try {
    const output = await call.control.race(() => {
      call.onStart?.();
      return call.act();
    });
    return { outcome: 'success', output };
  } catch (thrown) {
    return stopped(call, thrown);
  }
}

/** Why the call was stopped counts, not what the agent made of being stopped. */
function stopped(call: GuardedCall, thrown: unknown): Outcome {
  const reason = call.control.reason;
  if (reason instanceof RevokedError) return { outcome: 'revoked', error: reason };
  if (reason instanceof ExecutionTimeoutError) return { outcome: 'timed_out', error: reason };
  if (reason instanceof ExecutionCancelledError) return { outcome: 'cancelled', error: reason };
  if (reason) return { outcome: 'cancelled', error: new ExecutionCancelledError(call.invocationId, reason) };
  if (thrown instanceof AgentDisconnectedError) return { outcome: 'unknown', error: thrown };
  return { outcome: 'failure', error: new AgentExecutionError(call.agentId, call.invocationId, thrown) };
}

const digestOf = (call: GuardedCall): string | null =>
  payloadDigest(call.recordedInput === undefined ? call.input : call.recordedInput);

const intentOf = (deployment: Deployment, call: GuardedCall, inputDigest: string | null): Intent => ({
  invocationId: call.invocationId,
  trailId: call.trail.trailId,
  taskId: call.taskId,
  agentId: call.agentId,
  action: call.action,
  method: null,
  resource: call.resource ?? null,
  delegationId: call.delegationId,
  person: call.humanOrigin?.humanId ?? null,
  attempt: 1,
  inputDigest,
  owner: deployment.owner,
  openedAt: deployment.timestamp(),
});

export function deniedAnchor(
  call: Pick<GuardedCall, 'agentId' | 'action' | 'resource' | 'humanOrigin'> & Partial<GuardedCall>,
  denial: Denial,
  inputDigest: string | null = null,
) {
  return {
    agentId: call.agentId,
    action: call.action,
    resource: call.resource ?? null,
    result: 'denied' as const,
    context: {
      ...placeInWork(call, inputDigest),
      outcome: 'denied',
      denial: { code: denial.code, reason: redactText(denial.reason) },
      ...(call.details && { details: call.details }),
    },
    ...(call.humanOrigin && { humanOrigin: call.humanOrigin }),
  };
}

function contextOf(
  call: GuardedCall,
  startedAt: Timestamp,
  inputDigest: string | null,
  outcome: Outcome,
  verdict: VerificationResult,
): JsonObject {
  const context: Record<string, JsonValue> = {
    ...placeInWork(call, inputDigest),
    started_at: startedAt,
    outcome: outcome.outcome,
  };
  if (outcome.outcome === 'success') context.output_digest = payloadDigest(outcome.output);
  else context.error = describeError(outcome.error);
  if (verdict.unenforcedConstraints.length > 0)
    context.unenforced_constraints = verdict.unenforcedConstraints;
  if (call.details) context.details = call.details;
  return context;
}

function placeInWork(call: Partial<GuardedCall>, inputDigest: string | null): Record<string, JsonValue> {
  return {
    task_id: call.taskId ?? null,
    invocation_id: call.invocationId ?? null,
    delegation_id: call.delegationId ?? null,
    initiator_id: call.initiatorId ?? null,
    input_digest: inputDigest,
  };
}

/** What an anchor says of an error: enough to tell what happened, nothing that should not be kept. */
export function describeError(error: unknown): JsonObject {
  const code = error instanceof EatpError ? error.code : 'AGENT_FAILED';
  const message = error instanceof EatpError ? error.message : describeThrown(error);
  return { code, message: redactText(message) };
}
