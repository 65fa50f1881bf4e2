import * as z from 'zod';
import type { DelegationRecord, HumanOrigin } from '../chain/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';
import { type ApprovalTerms, approvalTerms } from '../invocation/approval-request.js';
import { delegationField, delegationIdOf, milliseconds } from '../invocation/call-options.js';
import type { StandaloneOptions } from '../invocation/standalone.js';
import { agentIdField, capabilityField, humanOriginField, labelsField } from '../trust/request-fields.js';
import { TrustOperations } from '../trust/trust-operations.js';
import { idField, momentField, parseOptions, toFacts } from '../wire/index.js';
import type { AgentSource } from './agent-like.js';
import type { ToolFunction, TrustedTool } from './tools.js';

/** Options of a trusted agent. */
export interface TrustedAgentOptions {
  /** The name, which is unique in an orchestration. */
  readonly name: string;
  /** The function, or the object with a method `run`, that does the work. */
  readonly agent: AgentSource;
  /** The trust operations of the deployment that the agent belongs to. */
  readonly trust: TrustOperations;
  /** The id of its trust chain. Default: `agent-` and the name. */
  readonly id?: string;
  /** Tools by name, for `context.callTool`. Default: none. */
  readonly tools?: Readonly<Record<string, ToolFunction | TrustedTool>>;
  /** Methods that patterns can call in addition to `run` and those of the roles. Default: none. */
  readonly methods?: readonly string[];
  /**
   * The behaviour of a durable run whose process ended while the agent worked. `unknown`: the pattern gets an error that says
   * so. `retry`: the agent is called again, with the same `context.idempotencyKey`; for agents that do nothing twice
   * under one key. Default: `unknown`.
   */
  readonly interrupted?: 'unknown' | 'retry';
  /**
   * The people who must approve each invocation of the agent, with its action and input. It then acts in
   * durable runs only. Default: none.
   */
  readonly requiresApproval?: ApprovalTerms;
}

/** Options of an act outside runs. */
export interface RunOptions {
  /** The action to verify and record. Default: `execute`. */
  readonly action?: string;
  /** The task to record. Default: that of the delegation, else a new one. */
  readonly taskId?: string;
  /** The person on whose behalf the agent acts. Default: no person. */
  readonly humanOrigin?: HumanOrigin;
  /** Cancels the act when it aborts. */
  readonly signal?: AbortSignal;
  /** The time limit in milliseconds. Default: no limit. */
  readonly timeout?: number;
  /** The delegation that the agent acts under, as `delegate` returned it. Default: the agent's own right. */
  readonly delegation?: DelegationRecord | string;
  /** Facts for constraint evaluators. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Whether the call is meant to be separate from the invocations that are in progress in this process. While one is in
   * progress, a call without this option is refused, since it could come from inside that invocation. Default: false.
   */
  readonly standalone?: boolean;
}

/** A value that is passed on unchanged. */
const handle = <T>(expected: string) =>
  z.custom<T>((value) => value !== undefined && value !== null, expected);

const isAgentName = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.isWellFormed();

const agentOptions = z.strictObject({
  name: z.custom<string>((value) => isAgentName(value), "a name, for instance 'analyst'"),
  agent: handle<AgentSource>('a function, or an object with a method `run`'),
  trust: handle<TrustOperations>('the TrustOperations of the deployment that the agent belongs to'),
  id: agentIdField.optional(),
  tools: handle<Readonly<Record<string, ToolFunction | TrustedTool>>>('tools by name').optional(),
  methods: z.array(z.string().min(1)).optional(),
  interrupted: z.enum(['unknown', 'retry']).optional(),
  requiresApproval: approvalTerms.optional(),
});

const runOptions = z.strictObject({
  action: capabilityField.optional(),
  taskId: idField.optional(),
  humanOrigin: humanOriginField.optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal').optional(),
  timeout: milliseconds.optional(),
  delegation: delegationField.optional(),
  context: z.unknown().optional(),
  standalone: z.boolean().optional(),
});

const toolOptions = runOptions.omit({ action: true });

/** @throws InvalidArgumentError. */
export function parseAgentOptions(given: unknown): TrustedAgentOptions {
  const parsed = parseOptions(agentOptions, given, 'new TrustedAgent()');
  if (parsed.trust instanceof TrustOperations) return parsed as TrustedAgentOptions;
  throw new InvalidArgumentError('`trust` must be a TrustOperations', {
    expected: 'the TrustOperations of the deployment that the agent belongs to',
    received: describe(parsed.trust),
    remedy: 'Pass it as `trust`.',
  });
}

/** Options of a standalone call, read once. */
export interface ParsedRun extends StandaloneOptions {
  /** The action to verify and record; undefined: the default. */
  readonly action: string | undefined;
  /** Whether the caller declares the call separate from the invocations in progress. */
  readonly standalone: boolean;
}

/** @throws InvalidArgumentError. */
export function parseRunOptions(given: RunOptions | undefined): ParsedRun {
  const { action, ...options } = parseOptions(runOptions, given === undefined ? {} : given, 'run()');
  return { ...standaloneOptions(options), action };
}

/**
 * For a tool call, the action is the tool's capability, so the caller cannot name one. @throws InvalidArgumentError.
 */
export const parseToolOptions = (given: Omit<RunOptions, 'action'> | undefined): ParsedRun =>
  standaloneOptions(parseOptions(toolOptions, given === undefined ? {} : given, 'callTool()'));

function standaloneOptions(options: z.output<typeof toolOptions>): ParsedRun {
  return {
    action: undefined,
    taskId: options.taskId,
    humanOrigin: options.humanOrigin as HumanOrigin | undefined,
    signal: options.signal,
    timeout: options.timeout,
    delegationId: delegationIdOf(options.delegation),
    facts: options.context === undefined ? NO_FACTS : toFacts(options.context),
    standalone: options.standalone ?? false,
  };
}

const NO_FACTS: Readonly<Record<string, unknown>> = Object.freeze({});

/** The terms of a delegation that an agent makes outside a run. */
export interface AgentDelegation {
  /** The capabilities to give. `execute` means "do your own job". */
  readonly capabilities: readonly string[];
  /** Limits in addition to those of the delegator itself. Default: none. */
  readonly additionalConstraints?: readonly string[];
  /** The expiry time of the delegation. Default: never. */
  readonly expiresAt?: Date | string;
  /** The task that the delegation is for. Default: a new one. */
  readonly taskId?: string;
  /** The person on whose behalf the delegatee can act. Default: no person. */
  readonly humanOrigin?: HumanOrigin;
  /** Whether it is the offer of a permanent one, which the delegatee accepts with `receiveDelegation`. Default: false. */
  readonly lasting?: boolean;
  /** Whether the call is meant to be separate from invocations in progress; see {@link RunOptions}. Default: false. */
  readonly standalone?: boolean;
}

const agentDelegation = z.strictObject({
  capabilities: z.array(capabilityField),
  additionalConstraints: labelsField.optional(),
  expiresAt: momentField.optional(),
  taskId: idField.optional(),
  humanOrigin: humanOriginField.optional(),
  lasting: z.boolean().optional(),
  standalone: z.boolean().optional(),
});

/** @throws InvalidArgumentError. */
export const parseAgentDelegation = (given: AgentDelegation) =>
  parseOptions(agentDelegation, given, 'delegateTo()');
