import { type AgentLike, methodsOf } from '../agent/agent-like.js';
import { CallControl } from '../agent/call-control.js';
import { runInScope } from '../agent/invocation-scope.js';
import { AgentExecutionError, EatpError, StoreError } from '../errors/index.js';
import type { VerificationResult } from '../operations/index.js';
import { AgentHandles } from './agent-handles.js';
import { callMethod, expectMethod } from './call-method.js';
import type { OrchestrationResult } from './orchestration-result.js';
import type { AgentHandle, DelegateOptions, DelegationGrant, InvokeOptions } from './pattern.js';
import type { ActiveCall, Run } from './run.js';
import type { RunDriver } from './run-driver.js';

/** A run without trust: patterns work the same, nothing is verified and nothing recorded. */
export class PlainRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly #agents: AgentHandles<AgentLike>;

  constructor(
    private readonly run: Run,
    agents: Readonly<Record<string, AgentLike>>,
  ) {
    const names = new Map(Object.entries(agents).map(([name, agent]) => [agent, name]));
    this.#agents = new AgentHandles(Object.entries(agents), (agent) => ({
      id: `agent-${names.get(agent)}`,
      capabilities: [],
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
    const call: ActiveCall = {
      invocationId: this.run.nextInvocationId(),
      agentId: handle.id,
      control,
      ended: Promise.resolve(),
    };
    this.run.calls.add(call);
    const work = control.race(() =>
      runInScope(undefined, () =>
        callMethod(handle.name, agent, method, input, this.run.contextOf(call, {})),
      ),
    );
    call.ended = work;
    try {
      return await work;
    } catch (error) {
      throw error instanceof EatpError ? error : new AgentExecutionError(handle.id, call.invocationId, error);
    } finally {
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

  async fail(): Promise<void> {}
}
