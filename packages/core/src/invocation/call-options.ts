import { z } from 'zod';
import { expectDelegatedCapabilities } from '../trust/verify/capability-match.js';
import { parseOptions, toFacts } from '../wire/index.js';
import type { AgentCallOptions, ContextDelegation, ToolCallOptions } from './context.js';

/** Milliseconds that Node's timers can wait. */
export const milliseconds = z
  .number()
  .positive()
  .max(2 ** 31 - 1);
const name = z.string().min(1).max(256);

const toolCall = z.strictObject({ timeout: milliseconds.optional(), context: z.unknown().optional() });
const agentCall = toolCall.extend({ method: name.optional(), action: name.optional() });
const delegation = z.strictObject({
  capabilities: z.array(z.string()).min(1),
  additionalConstraints: z.array(z.string().min(1)).optional(),
  expiresAt: z.union([z.date(), z.string()]).optional(),
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
  const { timeout, context } = parseOptions(toolCall, given, 'options of context.callTool()');
  return { timeout, facts: context === undefined ? undefined : toFacts(context) };
}

/** @throws InvalidArgumentError. */
export function parseAgentCall(
  given: AgentCallOptions | undefined,
): ParsedCall & { readonly method: string; readonly action: string | undefined } {
  if (given === undefined) return RUN;
  const { timeout, context, method, action } = parseOptions(
    agentCall,
    given,
    'options of context.invoke()',
  );
  const facts = context === undefined ? undefined : toFacts(context);
  return { timeout, facts, method: method ?? 'run', action };
}

/** @throws InvalidArgumentError, DelegationError. */
export function parseDelegation(given: ContextDelegation): ContextDelegation {
  const parsed = parseOptions(delegation, given, 'a delegation');
  expectDelegatedCapabilities(parsed.capabilities);
  return parsed as ContextDelegation;
}
