import * as z from 'zod';
import type { DelegationRecord } from '../chain/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';
import type { ProofTarget } from '../trust/exchange/invocation-proof.js';
import { capabilityField, labelsField } from '../trust/request-fields.js';
import { idField, momentField, parseOptions, type Timestamp, toFacts } from '../wire/index.js';
import type { AgentCallOptions, ContextDelegation, ToolCallOptions } from './context.js';
import { parseTraceParent, type TraceParent } from './trace-parent.js';

/** The longest time that Node's timers can wait, in milliseconds. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/** Milliseconds that Node's timers can wait. */
export const milliseconds = z.custom<number>(
  (value) => typeof value === 'number' && value > 0 && value <= MAX_MILLISECONDS,
  `milliseconds, more than 0 and at most ${MAX_MILLISECONDS}`,
);

const toolCall = z.strictObject({
  timeout: milliseconds.optional(),
  context: z.custom<unknown>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
});
/** A delegation as `delegate` returned it, or its id. */
export const delegationField = z.custom<DelegationRecord | string>(
  (value) => value !== undefined && value !== null,
);
const traceField = z.custom<TraceParent>(
  (value) => parseTraceParent(value) !== undefined,
  'a W3C trace context: { traceparent, tracestate? }',
);
const agentCall = toolCall.extend({
  method: idField.optional(),
  action: idField.optional(),
  delegation: delegationField.optional(),
  trace: traceField.optional(),
});
const proofTarget = z.strictObject({
  payloadSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex')
    .optional(),
  audience: idField.optional(),
});
const delegation = z.strictObject({
  capabilities: z.array(capabilityField),
  additionalConstraints: labelsField.optional(),
  expiresAt: momentField.optional(),
});

/** Options of one call, read once. */
export interface ParsedCall {
  /** The time limit in milliseconds. */
  readonly timeout: number | undefined;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>> | undefined;
  /** Stops the call when it aborts. */
  readonly signal: AbortSignal | undefined;
}

const NO_OPTIONS: ParsedCall = Object.freeze({
  timeout: undefined,
  facts: undefined,
  signal: undefined,
});
const RUN = Object.freeze({
  ...NO_OPTIONS,
  method: 'run',
  action: undefined,
  delegationId: undefined,
  trace: undefined,
});

/** @throws InvalidArgumentError. */
export function parseToolCall(given: ToolCallOptions | undefined): ParsedCall {
  if (given === undefined) return NO_OPTIONS;
  const { timeout, context, signal } = parseOptions(toolCall, given, 'context.callTool()');
  return { timeout, facts: context === undefined ? undefined : toFacts(context), signal };
}

/** Options of the invocation of an agent, read once. */
export interface ParsedAgentCall extends ParsedCall {
  /** The method that plays the role. */
  readonly method: string;
  /** The action to verify and record; undefined: the default. */
  readonly action: string | undefined;
  /** The delegation that the caller names. */
  readonly delegationId: string | undefined;
  /** The trace context of the code that makes the call. */
  readonly trace: TraceParent | undefined;
}

/** @throws InvalidArgumentError. */
export function parseAgentCall(given: AgentCallOptions | undefined): ParsedAgentCall {
  if (given === undefined) return RUN;
  const options = parseOptions(agentCall, given, 'context.invoke()');
  const { timeout, context, signal, method, action, delegation, trace } = options;
  const facts = context === undefined ? undefined : toFacts(context);
  const delegationId = delegationIdOf(delegation);
  const parent = parseTraceParent(trace);
  return { timeout, facts, signal, method: method ?? 'run', action, delegationId, trace: parent };
}

/** The id of a delegation that an option names. @throws InvalidArgumentError for anything else. */
export function delegationIdOf(delegation: DelegationRecord | string | undefined): string | undefined {
  if (delegation === undefined) return undefined;
  const id: unknown = typeof delegation === 'string' ? delegation : delegation.id;
  if (typeof id === 'string' && id !== '') return id;
  throw new InvalidArgumentError('`delegation` must be a delegation', {
    expected: 'what delegate() or delegateTo() returned, or its id',
    received: describe(delegation),
    remedy: 'Pass the record, or omit `delegation`.',
  });
}

/** @throws InvalidArgumentError. */
export const parseProofTarget = (given: ProofTarget | undefined): ProofTarget =>
  given === undefined ? {} : (parseOptions(proofTarget, given, 'context.prove()') as ProofTarget);

/** The terms of a delegation, read once. */
export interface ParsedDelegationRequest {
  /**
   * The capabilities to give. Undefined: every capability of the delegatee that the delegator can give, else `execute`.
   */
  readonly capabilities?: readonly string[] | undefined;
  /** Constraint labels that are added to those of the delegator. */
  readonly additionalConstraints?: readonly string[] | undefined;
  /** The latest time at which it ends. */
  readonly expiresAt?: Timestamp | undefined;
}

/** @throws InvalidArgumentError. */
export const parseDelegation = (given: ContextDelegation): ParsedDelegationRequest =>
  parseOptions(delegation, given, 'context.delegate()');
