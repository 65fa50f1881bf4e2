import type { ActionResult } from '../chain/index.js';
import { describeThrown, EatpError } from '../errors/index.js';
import { redactText } from '../secrets/redaction.js';
import type { AnchorDraft } from '../trust/audit/anchor.js';
import type { BareIntent } from '../trust/audit/intent-code.js';
import { type Person, personContext } from '../trust/persons.js';
import type { Denial } from '../trust/verify/denial.js';
import type { CapturedValue } from '../values/index.js';
import type { JsonObject, JsonValue, Timestamp } from '../wire/index.js';
import type { Basis } from './basis.js';
import type { Call } from './lifecycle.js';
import { type TraceParent, traceContext } from './trace-parent.js';

/** The invocation in which a run was started. */
export interface OuterInvocation {
  /** Its run; null where it takes place outside runs. */
  readonly runId: string | null;
  /** The invocation. */
  readonly invocationId: string;
}

/**
 * One thing that an agent is about to do: play a role, or use a tool. Immutable, and made from copies when the guard
 * receives the request. Verification, intent, action and signature all use it.
 */
export interface Invocation {
  /** `run/sequence`. */
  readonly id: string;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  /** The task that it belongs to. */
  readonly taskId: string;
  /** The run; null outside a run. */
  readonly runId: string | null;
  /** The agent that acts. */
  readonly agentId: string;
  /** What is verified. */
  readonly action: string;
  /** The method that is called; null for a tool. */
  readonly method: string | null;
  /** The tool that is used; null for a method. */
  readonly tool: string | null;
  /** The effect of the tool on the world, as its author declared it. */
  readonly effects: 'read' | 'write' | undefined;
  /** The resource that it concerns. */
  readonly resource: string | null;
  /** The delegation that it is done under; undefined: by the agent's own right. */
  readonly basis: Basis | undefined;
  /** The agent or user that requested the run. */
  readonly initiatorId: string | null;
  /** The person on whose behalf it is done. */
  readonly person: Person | undefined;
  /** When the guard received it, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How many tools were used in the run or call so far, this one included. */
  readonly toolCalls: number;
  /** The ids of the people who approved it; undefined if none had to. */
  readonly approvedBy: readonly string[] | undefined;
  /** The invocation in which its run was started. */
  readonly outer: OuterInvocation | undefined;
  /** The input that the agent receives. */
  readonly input: CapturedValue;
  /** The digest that is recorded: of the input, or of the arguments without their secrets. */
  readonly inputDigest: string;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Details that are signed with the anchor. */
  readonly details: JsonObject | undefined;
  /** The trace and span that the anchor names; undefined unless an observer gives them. */
  readonly trace: TraceParent | undefined;
}

/** How an invocation ended. */
export type Outcome =
  | {
      /** The outcome of the invocation. */
      readonly outcome: 'success';
      /** The output of the agent. */
      readonly output: CapturedValue;
    }
  | {
      /** The outcome of the invocation. */
      readonly outcome: 'failure' | 'cancelled' | 'timed_out' | 'revoked' | 'unknown';
      /** The error that the invocation ended with. */
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

/** Returns the intent of an invocation, which the store keeps until the outcome is recorded. */
export const intentOf = (
  invocation: Invocation,
  trailId: string,
  owner: string,
  openedAt: Timestamp,
): BareIntent => ({
  invocationId: invocation.id,
  trailId,
  taskId: invocation.taskId,
  agentId: invocation.agentId,
  action: invocation.action,
  method: invocation.method,
  resource: invocation.resource,
  delegationId: invocation.basis?.record.id ?? null,
  person: invocation.person?.pseudonym ?? null,
  inputDigest: invocation.inputDigest,
  attempt: invocation.attempt,
  owner,
  openedAt,
});

/** The anchor of an invocation that was allowed and has ended. */
export function outcomeAnchor(
  invocation: Invocation,
  outcome: Outcome,
  facts: {
    readonly startedAt: number;
    readonly openedAt: Timestamp;
    readonly unenforced: readonly string[];
    readonly nestedRuns: readonly string[];
    /** The usage that the agent reported. */
    readonly usage: Call['usage'];
    /** Whether the agent was called at all. */
    readonly hasStarted: boolean;
  },
): AnchorDraft {
  const context: Record<string, JsonValue> = {
    ...placeOf(invocation),
    started_at: facts.openedAt,
    outcome: outcome.outcome,
  };
  if (outcome.outcome === 'success') {
    context.output_digest = outcome.output.digest;
    if (outcome.output.isOpaque) context.output_opaque = true;
  } else context.error = describeError(outcome.error);
  if (!facts.hasStarted) context.started = false;
  if (facts.unenforced.length > 0) context.unenforced_constraints = facts.unenforced;
  if (facts.nestedRuns.length > 0) context.nested_runs = facts.nestedRuns;
  if (facts.usage) context.usage = { ...facts.usage };
  return { ...anchorOf(invocation, RESULTS[outcome.outcome], context), startedAt: facts.startedAt };
}

/** The anchor of an invocation that was stopped before its agent was called. */
export const notStartedAnchor = (
  invocation: Invocation,
  outcome: Extract<Outcome, { error: EatpError }>,
): AnchorDraft =>
  anchorOf(invocation, RESULTS[outcome.outcome], {
    ...placeOf(invocation),
    outcome: outcome.outcome,
    error: describeError(outcome.error),
    started: false,
  });

/** The anchor of an invocation that verification denied. */
export const deniedAnchor = (invocation: Invocation, denial: Denial): AnchorDraft =>
  anchorOf(invocation, 'denied', {
    ...placeOf(invocation),
    outcome: 'denied',
    denial: describeDenial(denial),
  });

function anchorOf(
  { agentId, action, resource, details }: Invocation,
  result: ActionResult,
  context: Readonly<Record<string, JsonValue>>,
): AnchorDraft {
  return { agentId, action, resource, result, context: details ? { ...context, details } : context };
}

function placeOf(invocation: Invocation): Record<string, JsonValue> {
  const { method, person, input, outer } = invocation;
  return {
    task_id: invocation.taskId,
    invocation_id: invocation.id,
    delegation_id: invocation.basis?.record.id ?? null,
    initiator_id: invocation.initiatorId,
    input_digest: invocation.inputDigest,
    ...(method !== null && { method }),
    ...(input.isOpaque && { input_opaque: true }),
    ...(person && { person: personContext(person) }),
    ...outerContext(outer),
    ...traceContext(invocation.trace),
  };
}

/** How the anchors of a run name the invocation in which the run was started. */
export const outerContext = (outer: OuterInvocation | undefined): JsonObject =>
  outer ? { outer_run: outer.runId, outer_invocation: outer.invocationId } : {};

/** Returns the description of a denial for an anchor. */
export const describeDenial = ({ code, reason }: Denial): JsonObject => ({
  code,
  reason: redactText(reason),
});

/** Returns the description of an error for an anchor: its code, and its message without secrets. */
export function describeError(error: unknown): JsonObject {
  const code = error instanceof EatpError ? error.code : 'AGENT_FAILED';
  const message = error instanceof EatpError ? error.message : describeThrown(error);
  return { code, message: redactText(message) };
}
