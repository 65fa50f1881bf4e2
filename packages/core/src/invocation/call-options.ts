import { z } from 'zod';
import { capabilityField, labelsField } from '../trust/request-fields.js';
import { idField, momentField, parseOptions, type Timestamp, toFacts } from '../wire/index.js';
import type { AgentCallOptions, ContextDelegation, ToolCallOptions } from './context.js';

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
});
const agentCall = toolCall.extend({ method: idField.optional(), action: idField.optional() });
const delegation = z.strictObject({
  capabilities: z.array(capabilityField),
  additionalConstraints: labelsField.optional(),
  expiresAt: momentField.optional(),
});

/** Options of one call, read once. */
export interface ParsedCall {
  /** In milliseconds. */
  readonly timeout: number | undefined;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

const NO_OPTIONS: ParsedCall = Object.freeze({ timeout: undefined, facts: undefined });
const RUN = Object.freeze({ ...NO_OPTIONS, method: 'run', action: undefined });

/** @throws InvalidArgumentError. */
export function parseToolCall(given: ToolCallOptions | undefined): ParsedCall {
  if (given === undefined) return NO_OPTIONS;
  const { timeout, context } = parseOptions(toolCall, given, 'context.callTool()');
  return { timeout, facts: context === undefined ? undefined : toFacts(context) };
}

/** @throws InvalidArgumentError. */
export function parseAgentCall(
  given: AgentCallOptions | undefined,
): ParsedCall & { readonly method: string; readonly action: string | undefined } {
  if (given === undefined) return RUN;
  const { timeout, context, method, action } = parseOptions(agentCall, given, 'context.invoke()');
  const facts = context === undefined ? undefined : toFacts(context);
  return { timeout, facts, method: method ?? 'run', action };
}

/** What is to be delegated, read once. */
export interface ParsedDelegationRequest {
  /** What is given. Undefined: every capability of the delegatee that the delegator can give, else `execute`. */
  readonly capabilities?: readonly string[] | undefined;
  /** Added to what the delegator is under. */
  readonly additionalConstraints?: readonly string[] | undefined;
  /** When it ends, at the latest. */
  readonly expiresAt?: Timestamp | undefined;
}

/** @throws InvalidArgumentError. */
export const parseDelegation = (given: ContextDelegation): ParsedDelegationRequest =>
  parseOptions(delegation, given, 'context.delegate()');
