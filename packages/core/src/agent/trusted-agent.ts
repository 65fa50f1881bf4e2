import { randomUUID } from 'node:crypto';
import { agentIdFor, type DelegationRecord, type TrustLineageChain } from '../chain/index.js';
import { registerActor } from '../invocation/actor.js';
import { expectStandalone } from '../invocation/ambient.js';
import { toolWork } from '../invocation/recorded-arguments.js';
import { performAlone } from '../invocation/standalone.js';
import { receiveDelegation } from '../trust/exchange/receive-delegation.js';
import type { EstablishRequest } from '../trust/issue/establish-request.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import type { ParsedChain } from '../trust/verify/parsed-records.js';
import type { VerificationRequest, VerificationResult } from '../trust/verify/types.js';
import { captureValue } from '../values/index.js';
import { AgentActor } from './agent-actor.js';
import {
  type AgentDelegation,
  parseAgentDelegation,
  parseAgentOptions,
  parseRunOptions,
  parseToolOptions,
  type RunOptions,
  type TrustedAgentOptions,
} from './agent-options.js';
import { parseTools } from './tools.js';

/**
 * An agent that acts only within its trust chain, and leaves a signed record of every action.
 *
 * During an invocation it acts through the context of that invocation. The methods here are for code outside every
 * invocation.
 */
export class TrustedAgent {
  /** The name, which is unique in an orchestration. */
  declare readonly name: string;
  /** The id of its trust chain. */
  declare readonly id: string;
  readonly #actor: AgentActor;
  readonly #trust: TrustOperations;
  #evidence: ParsedChain | undefined;
  #loading: Promise<void> | undefined;

  /** @throws InvalidArgumentError if `name` or a `run` is missing, and for unknown options. */
  constructor(options: TrustedAgentOptions) {
    const {
      name,
      agent,
      trust,
      id = agentIdFor(name),
      tools,
      methods = [],
      interrupted,
      requiresApproval,
    } = parseAgentOptions(options);
    // Read-only, since the guard identifies the agent by its id.
    Object.defineProperties(this, {
      name: { value: name, enumerable: true },
      id: { value: id, enumerable: true },
    });
    this.#trust = trust;
    this.#actor = new AgentActor(this, id, name, deploymentOf(trust), {
      source: agent,
      methods,
      tools: parseTools(tools),
      interrupted,
      requiresApproval,
    });
    registerActor(this.#actor);
  }

  /** The chain as last seen; see {@link refresh}. */
  get trustChain(): TrustLineageChain | undefined {
    return this.#evidence?.chain;
  }

  /** Whether the chain, as last seen, exists and has not expired. Each step checks it again. */
  get isTrusted(): boolean {
    return this.#evidence !== undefined && !this.#evidence.isExpired(this.#actor.deployment.now());
  }

  /** The capabilities of its chain, except the two that the protocol itself defines. */
  get capabilities(): readonly string[] {
    return this.#evidence?.ownCapabilities ?? [];
  }

  /** The constraint labels of its chain. */
  get effectiveConstraints(): readonly string[] {
    return this.#evidence?.labels ?? [];
  }

  /** The methods that patterns can call: `run`, the methods of roles, and the methods that the agent declares. */
  get methods(): readonly string[] {
    return this.#actor.methods;
  }

  /** Creates the chain of this agent; see {@link TrustOperations.establish}. */
  async establishTrust(request: Omit<EstablishRequest, 'agentId'>): Promise<TrustLineageChain> {
    await this.#trust.establish({ ...request, agentId: this.id });
    await this.refresh();
    return this.trustChain as TrustLineageChain;
  }

  /**
   * Reads the chain from the store again, since another process can have changed it. @returns whether a chain is in
   * force.
   */
  async refresh(): Promise<boolean> {
    const { deployment } = this.#actor;
    const stored = await deployment.storedChain(this.id);
    const evidence = stored?.active ? deployment.chainEvidence(stored) : undefined;
    this.#evidence = evidence && 'chain' in evidence ? evidence : undefined;
    return this.#evidence !== undefined;
  }

  /** Loads the chain, unless it is loaded already. */
  async load(): Promise<void> {
    if (this.#evidence) return;
    this.#loading ??= this.refresh().then(() => undefined);
    await this.#loading.finally(() => {
      this.#loading = undefined;
    });
  }

  /**
   * Whether the agent acts by the chains of these operations. An agent of another deployment can have the same id and
   * other rights.
   */
  belongsTo(trust: TrustOperations): boolean {
    return trust === this.#trust;
  }

  /** Whether this agent is allowed to do an action now. Never throws because of a denial. */
  verify(
    action: string,
    options: Omit<VerificationRequest, 'agentId' | 'action'> = {},
  ): Promise<VerificationResult> {
    return this.#trust.verify({ ...options, agentId: this.id, action });
  }

  /**
   * Accepts a delegation that another agent made for this one, after checking it in full. A lasting one is written into
   * this agent's chain.
   *
   * @throws DelegationError `DELEGATION_FORGED`, `DELEGATION_NOT_FOUND`, and the errors of
   * {@link TrustOperations.acceptDelegation} for a lasting one.
   */
  async receiveDelegation(delegation: DelegationRecord): Promise<void> {
    await receiveDelegation(this.#actor.deployment, this.id, delegation);
    await this.refresh();
  }

  /**
   * Delegates capabilities to another agent outside a run, by this agent's own right. Pass the record to the other
   * agent's {@link run} as `delegation`. Inside an invocation use `context.delegate`.
   *
   * @throws InvocationError `STANDALONE_REQUIRED` inside an invocation, and the errors of
   * {@link TrustOperations.delegate}.
   */
  async delegateTo(to: TrustedAgent, request: AgentDelegation): Promise<DelegationRecord> {
    const { standalone = false, taskId, ...terms } = parseAgentDelegation(request);
    expectStandalone(this.#actor, 'delegate', standalone);
    const delegation = await this.#trust.delegate({
      ...(terms as Omit<AgentDelegation, 'standalone' | 'taskId'>),
      delegatorId: this.id,
      delegateeId: to.id,
      taskId: taskId ?? `task-${randomUUID()}`,
    });
    await to.refresh();
    return delegation;
  }

  /**
   * Does the agent's work outside a run. The action is verified and its intent is stored first; the signed outcome is
   * stored before the caller gets the result. Inside an invocation use `context.invoke`.
   *
   * @throws InvocationError `STANDALONE_REQUIRED` inside an invocation or while one is in progress;
   * VerificationDeniedError, AgentExecutionError, ExecutionCancelledError, RevokedError, StoreError,
   * OutcomeNotRecordedError.
   */
  async run(input: unknown, options?: RunOptions): Promise<unknown> {
    const parsed = parseRunOptions(options);
    expectStandalone(this.#actor, 'run', parsed.standalone);
    return performAlone(this.#actor, parsed, {
      action: parsed.action ?? EXECUTE,
      input: captureValue(input, `input of agent '${this.name}'`),
      by: { method: 'run' },
    });
  }

  /**
   * Uses one of the agent's tools outside a run. The call is verified and recorded like an invocation; secrets in its
   * arguments are redacted before they are recorded. Inside an invocation use `context.callTool`.
   *
   * @throws UnknownToolError and the errors of {@link run}.
   */
  async callTool(tool: string, args: unknown = {}, options?: Omit<RunOptions, 'action'>): Promise<unknown> {
    const parsed = parseToolOptions(options);
    expectStandalone(this.#actor, 'use its tools', parsed.standalone);
    const found = this.#actor.tool(tool);
    const input = captureValue(args, `arguments of tool '${tool}'`);
    const { actor: _self, ...work } = toolWork(this.#actor, found, input);
    return performAlone(this.#actor, parsed, work);
  }

  /** Ends the delegations that this agent made for a task outside runs. */
  endTask(taskId: string): Promise<void> {
    return this.#trust.endTask({ taskId, delegatorId: this.id });
  }
}
