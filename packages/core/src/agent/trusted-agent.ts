import { randomUUID } from 'node:crypto';
import {
  agentIdFor,
  type DelegationRecord,
  type HumanOrigin,
  type TrustLineageChain,
} from '../chain/index.js';
import { expectObject, InvalidArgumentError, UnknownToolError } from '../errors/index.js';
import { currentScope, type ScopedDelegation } from '../invocation/scope.js';
import { acceptDelegation } from '../trust/exchange/accept-delegation.js';
import { expectAgentId } from '../trust/issue/establish.js';
import type { EstablishRequest } from '../trust/issue/establish-request.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import type { ParsedChain } from '../trust/verify/parsed-records.js';
import type { VerificationResult } from '../trust/verify/types.js';
import { type JsonObject, type JsonValue, toJsonValue } from '../wire/index.js';
import { redact } from '../wire/redaction.js';
import {
  type AgentLike,
  type AgentSource,
  methodsOf,
  type ToolFunction,
  type TrustedTool,
} from './agent-like.js';
import { asAgent, asTools, checkName, checkRunOptions, checkTrust } from './agent-parts.js';
import { expectOwnRight, expectSelf } from './scope-checks.js';
import { performAlone, type StandaloneWork } from './standalone-call.js';

export interface TrustedAgentOptions {
  /** Unique in an orchestration; the id is `agent-` and the name unless given. */
  readonly name: string;
  /** What does the work: anything with a `run`, or a function. */
  readonly agent: AgentSource;
  readonly trust: TrustOperations;
  readonly id?: string;
  readonly tools?: Readonly<Record<string, ToolFunction | TrustedTool>>;
}

export interface RunOptions {
  /** Default: `execute`. */
  readonly action?: string;
  readonly taskId?: string;
  readonly humanOrigin?: HumanOrigin;
  readonly signal?: AbortSignal;
}

const inner = new WeakMap<TrustedAgent, AgentLike>();
const tools = new WeakMap<TrustedAgent, Readonly<Record<string, TrustedTool>>>();

/** For the guard only; not exported from the package. */
export const innerAgentOf = (agent: TrustedAgent): AgentLike => inner.get(agent) as AgentLike;
export const trustOf = new WeakMap<TrustedAgent, TrustOperations>();

/**
 * An agent that acts only as far as its trust chain allows, and leaves a signed record of everything
 * (plan, "Basic Trust-Aware Orchestration").
 */
export class TrustedAgent {
  declare readonly name: string;
  declare readonly id: string;
  #evidence: ParsedChain | undefined;
  #loading: Promise<void> | undefined;

  /** @throws InvalidArgumentError unless there is a name, and something with a `run`. */
  constructor(options: TrustedAgentOptions) {
    expectObject(options, 'a TrustedAgent', '{ name, agent, trust }');
    const name = checkName(options.name);
    const id = expectAgentId(options.id ?? agentIdFor(name));
    // Not to be changed afterwards: the guard goes by the id.
    Object.defineProperties(this, {
      name: { value: name, enumerable: true },
      id: { value: id, enumerable: true },
    });
    inner.set(this, asAgent(this.name, options.agent));
    tools.set(this, asTools(options.tools ?? {}));
    trustOf.set(this, checkTrust(options.trust));
  }

  /** The chain as last seen; see {@link refresh}. */
  get trustChain(): TrustLineageChain | undefined {
    return this.#evidence?.chain;
  }

  /** Whether the chain, as last seen, is there and unexpired. What counts is checked anew at every step. */
  get isTrusted(): boolean {
    return this.#evidence !== undefined && !this.#evidence.isExpired(deploymentOf(this.#trust).now());
  }

  /** What the agent may do, without the two capabilities of the protocol itself. */
  get capabilities(): readonly string[] {
    return this.#evidence?.ownCapabilities ?? [];
  }

  get effectiveConstraints(): readonly string[] {
    return this.#evidence?.labels ?? [];
  }

  /** The methods by which the agent can play roles in patterns. */
  get methods(): readonly string[] {
    return methodsOf(innerAgentOf(this));
  }

  get #trust(): TrustOperations {
    return trustOf.get(this) as TrustOperations;
  }

  /** As {@link TrustOperations.establish}, for this agent. */
  async establishTrust(request: Omit<EstablishRequest, 'agentId'>): Promise<TrustLineageChain> {
    await this.#trust.establish({ ...request, agentId: this.id });
    await this.refresh();
    return this.trustChain as TrustLineageChain;
  }

  /** Reads the chain from the store, as another process may have changed it. @returns whether there is one in force. */
  async refresh(): Promise<boolean> {
    const deployment = deploymentOf(this.#trust);
    const stored = await deployment.storedChain(this.id);
    const evidence = stored?.active ? deployment.chainEvidence(stored) : undefined;
    this.#evidence = evidence && 'chain' in evidence ? evidence : undefined;
    return this.#evidence !== undefined;
  }

  /** Loads the chain once, if it was not seen yet. */
  async load(): Promise<void> {
    if (this.#evidence) return;
    this.#loading ??= this.refresh().then(() => undefined);
    await this.#loading.finally(() => {
      this.#loading = undefined;
    });
  }

  /** Whether this agent may do something now. Never throws for what it finds. */
  verify(
    action: string,
    options: { taskId?: string; context?: Readonly<Record<string, unknown>> } = {},
  ): Promise<VerificationResult> {
    return this.#trust.verify({ agentId: this.id, action, ...options });
  }

  /**
   * Takes a delegation that another agent made for this one, after checking all of it.
   *
   * @throws DelegationError `DELEGATION_FORGED`, `DELEGATION_NOT_FOUND`.
   */
  async receiveDelegation(delegation: DelegationRecord): Promise<void> {
    await acceptDelegation(deploymentOf(this.#trust), this.id, delegation);
    await this.refresh();
  }

  /**
   * Hands capabilities on to another agent. While this agent is being invoked, for the run it is in and never wider
   * than what it was delegated itself.
   *
   * @throws DelegationError, CapabilityNotHeldError and what else {@link TrustOperations.delegate} throws.
   */
  async delegateTo(
    to: TrustedAgent,
    request: ScopedDelegation & { readonly taskId?: string; readonly lasting?: boolean },
  ): Promise<DelegationRecord> {
    expectObject(request, 'a delegation', "{ capabilities: ['analyze_data'] }");
    const scope = currentScope();
    if (scope) {
      expectSelf(this, scope, 'delegate');
      if (!request.lasting) return scope.delegate(to, request);
      expectOwnRight(this, scope);
    }
    const delegation = await this.#trust.delegate({
      ...request,
      delegatorId: this.id,
      delegateeId: to.id,
      taskId: request.taskId ?? `task-${randomUUID()}`,
    });
    await to.refresh();
    return delegation;
  }

  /**
   * Does the agent's work: verified, with the intent stored first and the signed outcome before the result.
   * Inside a run it goes through the run's guard; the caller must have delegated to this agent.
   *
   * @throws VerificationDeniedError, AgentExecutionError, ExecutionCancelledError, RevokedError, StoreError,
   * DelegationError `DELEGATION_REQUIRED` inside a run.
   */
  run(input: unknown, options: RunOptions = {}): Promise<unknown> {
    const scope = currentScope();
    if (scope)
      return Object.keys(options).length > 0 ? Promise.reject(ofTheRun(options)) : scope.invoke(this, input);
    return this.#alone(options, {
      action: options.action ?? EXECUTE,
      input,
      act: (context) => innerAgentOf(this).run(input as never, context),
    });
  }

  /**
   * Uses one of the agent's tools, if the agent may: verified and recorded like an invocation, with secrets in the
   * arguments blanked before they reach the record.
   *
   * @throws UnknownToolError and what {@link run} throws.
   */
  async callTool(tool: string, args: unknown = {}, options: RunOptions = {}): Promise<unknown> {
    const scope = currentScope();
    if (scope) {
      if (Object.keys(options).length > 0) throw ofTheRun(options);
      expectSelf(this, scope, 'use its tools');
      return scope.callTool(this, tool, args);
    }
    const { capability, run } = toolOf(this, tool);
    return this.#alone(options, {
      action: capability,
      resource: `tool:${tool}`,
      input: args,
      ...recordOfTool(tool, args),
      act: (context) => run(args as never, context),
    });
  }

  /** Outside a run: on the trail for that, by the agent's own right or by what was delegated to it for the task. */
  async #alone(
    options: RunOptions,
    work: Omit<StandaloneWork, 'agent' | 'deployment' | 'options'>,
  ): Promise<unknown> {
    checkRunOptions(options);
    return performAlone({ ...work, agent: this, deployment: deploymentOf(this.#trust), options });
  }
}

/** @throws UnknownToolError. */
export function toolOf(agent: TrustedAgent, tool: string): Required<TrustedTool> {
  const all = tools.get(agent) as Readonly<Record<string, TrustedTool>>;
  const found = Object.hasOwn(all, tool) ? all[tool] : undefined;
  if (!found) throw new UnknownToolError(agent.name, tool, Object.keys(all));
  return { capability: found.capability ?? tool, run: found.run };
}

/** What is recorded of a tool's use: its name, and its arguments without secrets. */
export function recordOfTool(tool: string, args: unknown): { details: JsonObject; recordedInput: JsonValue } {
  const recordedInput = toRecordable(args);
  return { details: { tool, arguments: recordedInput }, recordedInput };
}

function toRecordable(args: unknown): JsonValue {
  try {
    return toJsonValue(redact(args));
  } catch {
    return '[not representable]';
  }
}

const ofTheRun = (options: RunOptions): InvalidArgumentError =>
  new InvalidArgumentError('An agent that another runs takes no options', {
    expected: 'the input alone',
    received: Object.keys(options).join(', '),
    remedy: 'Task, human and cancellation are those of the invocation around it.',
  });
