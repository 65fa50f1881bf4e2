import { type AgentLike, methodsOf } from '../agent/agent-like.js';
import { AgentExecutionError, EatpError, ExecutionTimeoutError, StoreError } from '../errors/index.js';
import { CallControl } from '../invocation/call-control.js';
import { Limiter } from '../invocation/limiter.js';
import type { AgentHandle, DelegateOptions, DelegationGrant, InvokeOptions } from '../pattern/pattern.js';
import { EXECUTE, type VerificationResult } from '../trust/index.js';
import { AgentHandles } from './agent-handles.js';
import { callMethod, expectMethod } from './call-method.js';
import type { RuntimeLimits } from './execute-options.js';
import type { OrchestrationResult } from './orchestration-result.js';
import type { ActiveCall, Run } from './run.js';
import type { RunDriver } from './run-driver.js';

/** A run without trust: patterns work the same, nothing is verified and nothing recorded. */
export class PlainRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly #agents: AgentHandles<AgentLike>;
  readonly #limiter: Limiter;

  constructor(
    private readonly run: Run,
    agents: Readonly<Record<string, AgentLike>>,
    private readonly limits: RuntimeLimits = {},
  ) {
    this.#limiter = new Limiter(limits.maxConcurrentInvocations ?? Number.POSITIVE_INFINITY);
    const names = new Map(Object.entries(agents).map(([name, agent]) => [agent, name]));
    this.#agents = new AgentHandles(Object.entries(agents), (agent) => ({
      id: `agent-${names.get(agent)}`,
      capabilities: capabilitiesOf(agent),
      isSupervisor: false,
      methods: () => methodsOf(agent),
    }));
    this.handles = this.#agents.all;
  }

  async open(): Promise<void> {}

  async invoke(handle: AgentHandle, input: unknown, options: InvokeOptions): Promise<unknown> {
    this.run.expectOpen();
    const agent = this.#agents.agent(handle);
    const method = options.method ?? 'run';
    expectMethod(handle.name, agent, method);
    const control = new CallControl();
    const call: ActiveCall = { invocationId: this.run.nextInvocationId(), agentId: handle.id, control };
    this.run.calls.add(call);
    const release = this.run.control.watchOver(control);
    const limit = options.timeout ?? this.limits.invocationTimeout;
    let timer: NodeJS.Timeout | undefined;
    let isIn = false;
    try {
      await this.#limiter.enter(control.signal);
      isIn = true;
      if (limit !== undefined) {
        const expire = (): void =>
          control.abort(new ExecutionTimeoutError(`Invocation ${call.invocationId}`, limit));
        timer = setTimeout(expire, limit);
        call.deadline = Date.now() + limit;
      }
      const context = this.run.contextOf(call, { action: options.action ?? EXECUTE });
      // Nothing is guarded here, but whatever guards the code around this run goes on guarding.
      return await control.race(() => callMethod(handle.name, agent, method, input, context));
    } catch (error) {
      throw error instanceof EatpError ? error : new AgentExecutionError(handle.id, call.invocationId, error);
    } finally {
      clearTimeout(timer);
      release();
      if (isIn) this.#limiter.leave();
      this.run.calls.delete(call);
    }
  }

  async delegate(from: AgentHandle, to: AgentHandle, options: DelegateOptions): Promise<DelegationGrant> {
    this.#agents.agent(from);
    this.#agents.agent(to);
    const { capabilities, constraints = [] } = options;
    return { id: 'none', from, to, capabilities, constraints };
  }

  async verify(): Promise<VerificationResult> {
    return {
      valid: true,
      level: 'quick',
      effectiveConstraints: [],
      unenforcedConstraints: [],
      violations: [],
    };
  }

  async share(_agent: AgentHandle, value: unknown): Promise<unknown> {
    return value;
  }

  async complete(result: unknown): Promise<OrchestrationResult> {
    const { runId, taskId } = this.run;
    const receipt = async (): Promise<never> => {
      throw new StoreError('STORE_FAILED', 'A run without trust has no receipt', {
        remedy: 'Use TrustAwareOrchestrationRuntime.',
      });
    };
    return { success: true, result, runId, taskId, auditTrail: [], delegations: [], receipt };
  }

  async fail(error: EatpError): Promise<EatpError> {
    return error;
  }
}

/** A plain agent may say what it can do, so that patterns that choose by capability work without trust too. */
function capabilitiesOf(agent: AgentLike): readonly string[] {
  const { capabilities } = agent as { capabilities?: unknown };
  return Array.isArray(capabilities) ? capabilities.filter((name) => typeof name === 'string') : [];
}
