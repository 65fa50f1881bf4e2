import { methodsOf } from '../agent/agent-like.js';
import { SourceMethods } from '../agent/source-methods.js';
import { UsageTotal } from '../chain/index.js';
import { AgentExecutionError, EatpError, InvalidArgumentError, StoreError } from '../errors/index.js';
import type { Callable } from '../invocation/actor.js';
import { usageField } from '../invocation/budget-terms.js';
import { type Call, Lifecycle } from '../invocation/lifecycle.js';
import { Limiter } from '../invocation/limiter.js';
import { type ContextHost, makeContext, type Scope } from '../invocation/make-context.js';
import { observePlainCall } from '../invocation/observe-call.js';
import type { Observers } from '../invocation/observers.js';
import { outputOf } from '../invocation/output.js';
import type { AgentHandle, DelegateOptions, DelegationGrant, InvokeOptions } from '../pattern/pattern.js';
import { EXECUTE, type VerificationResult } from '../trust/index.js';
import { type CapturedValue, captureValue, type ValueLimits } from '../values/index.js';
import { turnOfEventLoop } from '../wire/event-loop.js';
import { parseOptions } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './limits.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { parseDelegate, parseInvoke } from './pattern-requests.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { valueLimitsOf } from './value-limits.js';

/** A run without trust: patterns work the same, but nothing is verified or recorded. */
export class PlainRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly isGuarded = false;
  readonly maxDelegationDepth = Number.POSITIVE_INFINITY;
  readonly #agents: AgentHandles<Callable>;
  readonly #lifecycle: Lifecycle;
  readonly valueLimits: ValueLimits | undefined;
  readonly #host: ContextHost<Callable>;
  readonly #reported = new UsageTotal();

  constructor(
    private readonly run: Run,
    agents: ReadonlyMap<string, unknown>,
    limits: RuntimeLimits = {},
    private readonly observers?: Observers,
  ) {
    if (run.request.budget) throw budgetNeedsTrust();
    this.valueLimits = valueLimitsOf(limits);
    const { maxConcurrentInvocations } = limits;
    this.#lifecycle = new Lifecycle({
      nextId: () => run.nextInvocationId(),
      control: run.control,
      limiter: maxConcurrentInvocations === undefined ? undefined : new Limiter(maxConcurrentInvocations),
      timeout: limits.invocationTimeout,
      maxNesting: limits.maxNesting ?? DEFAULT_LIMITS.maxNesting,
      depth: 0,
      observer: run.observer,
    });
    this.#agents = new AgentHandles(
      Array.from(agents, ([name, agent]) => [name, new PlainAgent(name, agent)] as const),
      (agent) => ({
        id: agent.id,
        capabilities: agent.capabilities,
        isSupervisor: false,
        methods: () => agent.methods,
      }),
    );
    this.handles = this.#agents.all;
    this.#host = plainHost(run, this.valueLimits, this.#reported);
  }

  get calls() {
    return this.#lifecycle.calls;
  }

  async open(): Promise<void> {}

  async invoke(handle: AgentHandle, given: unknown, options: InvokeOptions | undefined): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    const { method, action = EXECUTE, timeout } = parseInvoke(options);
    const input = captureValue(given, `input of agent '${agent.name}'`, this.valueLimits);
    agent.expectMethod(method);
    const { runId, taskId } = this.run;
    const output = await this.#lifecycle.perform({ agentId: agent.id, action, timeout }, (call) => {
      const perform = (): Promise<CapturedValue> => this.#perform(agent, method, input, call);
      if (!this.observers) return perform();
      const of = { runId, taskId, call, agent, action, input, method };
      return observePlainCall(this.observers, of, perform);
    });
    return output.value;
  }

  async #perform(agent: Callable, method: string, input: CapturedValue, call: Call): Promise<CapturedValue> {
    const turn = turnOfEventLoop();
    if (turn) await turn;
    const place = call.admit();
    if (place) await place;
    try {
      return await call.control.race(() => {
        call.begin();
        const context = makeContext({ host: this.#host, actor: agent, call, basis: undefined });
        return outputOf(agent.call(method, input.value, context), {
          what: `output of agent '${agent.name}'`,
          limits: this.valueLimits,
          signal: () => call.control.signal,
          report: context.report,
        });
      });
    } catch (error) {
      throw error instanceof EatpError && !(error.code === 'UNSUPPORTED_VALUE')
        ? error
        : new AgentExecutionError(agent.id, call.id, error);
    }
  }

  async delegate(from: AgentHandle, to: AgentHandle, given?: DelegateOptions): Promise<DelegationGrant> {
    this.#agents.agent(from);
    this.#agents.agent(to);
    const { capabilities = [EXECUTE], constraints = [] } = parseDelegate(given);
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

  async complete({ value }: CapturedValue): Promise<OrchestrationResult> {
    const { runId, taskId } = this.run;
    const receipt = async (): Promise<never> => {
      throw new StoreError('STORE_FAILED', 'A run without trust has no receipt', {
        remedy: 'Use TrustAwareOrchestrationRuntime.',
      });
    };
    return {
      success: true,
      result: value,
      runId,
      taskId,
      auditTrail: [],
      delegations: [],
      unenforcedConstraints: [],
      usage: this.#reported.usage,
      receipt,
    };
  }

  async fail(error: EatpError): Promise<EatpError> {
    return error;
  }
}

class PlainAgent extends SourceMethods {
  readonly capabilities: readonly string[];

  constructor(name: string, source: unknown) {
    super(`agent-${name}`, name, source, typeof source === 'object' && source ? methodsOf(source) : []);
    this.capabilities = capabilitiesOf(source);
  }
}

/** A plain agent can list its capabilities, so that patterns that choose by capability work without trust too. */
function capabilitiesOf(source: unknown): readonly string[] {
  const { capabilities } = (source ?? {}) as { capabilities?: unknown };
  return Array.isArray(capabilities) ? capabilities.filter((name) => typeof name === 'string') : [];
}

/** The context's host in a run without trust, where agents have no authority to act by. */
function plainHost(run: Run, limits: ValueLimits | undefined, reported: UsageTotal): ContextHost<Callable> {
  const refuse = async (): Promise<never> => {
    throw new InvalidArgumentError('An agent of a run without trust cannot act through its context', {
      expected: 'an agent in a TrustAwareOrchestrationRuntime',
      received: 'a call in an OrchestrationRuntime',
      remedy: 'Use TrustAwareOrchestrationRuntime, or do the work in the agent itself.',
    });
  };
  return {
    taskId: run.taskId,
    runId: run.runId,
    humanOrigin: run.request.humanOrigin,
    get deadline() {
      return run.deadline;
    },
    callTool: refuse,
    invoke: refuse,
    delegate: refuse,
    reportUsage: ({ call, actor }, usage) => {
      call.expectInProgress();
      const { tokens = 0, cost = 0 } = parseOptions(usageField, usage, 'reportUsage()');
      reported.add(actor.id, { tokens, cost });
    },
    report: ({ call }: Scope<Callable>, progress) => run.report(progress, limits, call),
  };
}

const budgetNeedsTrust = (): InvalidArgumentError =>
  new InvalidArgumentError('`budget` belongs to runs with trust', {
    expected: 'a run of a TrustAwareOrchestrationRuntime, whose guard counts what agents use',
    received: 'a run of an OrchestrationRuntime',
    remedy: 'Use TrustAwareOrchestrationRuntime, or omit `budget`.',
  });
