import type { AgentLike } from '../agent/agent-like.js';
import type { TrustedAgent } from '../agent/trusted-agent.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { InvocationContext } from '../invocation/context.js';
import type { ExecuteOptions } from '../runtime/execute-options.js';
import type { OrchestrationResult } from '../runtime/orchestration-result.js';
import type { TrustAwareOrchestrationRuntime } from '../runtime/trust-aware-orchestration-runtime.js';
import type { AgentConnection } from './agent-connection.js';
import { toMermaid } from './to-mermaid.js';
import type { WorkflowGraph } from './workflow-graph.js';
import { WORKFLOW_PATTERN } from './workflow-pattern.js';

/** Options of a run of a workflow: those of `TrustAwareOrchestrationRuntime.execute` without pattern and agents. */
export type WorkflowExecuteOptions = Omit<ExecuteOptions<string>, 'pattern' | 'options' | 'agents'>;

/**
 * A workflow that was built. It can be executed any number of times, also concurrently. Made by {@link
 * TrustAwareWorkflowBuilder}.
 *
 * It is an agent itself: give it as `agent` to a `TrustedAgent`, and workflows nest.
 */
export class TrustAwareWorkflow implements AgentLike {
  /** The agents of the workflow, in the order in which they were added. */
  readonly agents: readonly TrustedAgent[];
  /** The connections, in the order in which they were added. */
  readonly connections: readonly AgentConnection[];
  readonly #graph: WorkflowGraph;
  readonly #runtime: TrustAwareOrchestrationRuntime;

  /** @internal */
  constructor(graph: WorkflowGraph, runtime: TrustAwareOrchestrationRuntime) {
    this.agents = graph.agents;
    this.connections = graph.connections;
    this.#graph = graph;
    this.#runtime = runtime;
  }

  /**
   * Runs every agent once, each as soon as those before it have succeeded. The root gets `input`; an agent after one
   * other gets that one's output; an agent after several gets their outputs by their names. The result is the output of
   * the last agent, or of several by their names.
   *
   * When an agent fails, those that depend on it do not start, and the others run to their end.
   *
   * @throws InvalidArgumentError; then the coded error of the run, which has the records of the run as `error.run`.
   */
  execute(input: unknown, options: WorkflowExecuteOptions = {}): Promise<OrchestrationResult> {
    const { pattern, options: given, agents, ...asked } = options as ExecuteOptions<string>;
    const named = Object.entries({ pattern, options: given, agents }).find(
      ([, value]) => value !== undefined,
    );
    if (named) return Promise.reject(fixedOption(named[0]));
    return this.#runtime.execute<string>(input, { ...asked, pattern: WORKFLOW_PATTERN });
  }

  /**
   * The workflow as an agent. Inside an invocation its run has its own id and trail. It takes the task, the person and
   * the cancellation from that invocation, and cannot exceed what was delegated to the agent that the workflow is given
   * to.
   *
   * @returns the result of the run.
   * @throws as {@link execute}.
   */
  async run(input: unknown, context?: InvocationContext): Promise<unknown> {
    const { result } = await this.execute(input, context ? { within: context } : {});
    return result;
  }

  /** Returns an agent with `run` only, for callers that must not see the other methods. */
  asAgent(): AgentLike {
    return { run: (input, context) => this.run(input, context) };
  }

  /** Returns a mermaid flowchart of the agents and the capabilities that each connection delegates. */
  toMermaid(): string {
    return toMermaid(this.#graph);
  }
}

const fixedOption = (name: string): InvalidArgumentError =>
  new InvalidArgumentError(`There is no option '${name}' of a workflow's execute()`, {
    expected: 'options of a run, without `pattern`, `options` and `agents`',
    received: `'${name}'`,
    remedy: 'Omit it: the workflow says which agents run, and how.',
  });
