import type { AgentLike, InvocationContext } from '../agent/agent-like.js';
import type { TrustedAgent } from '../agent/trusted-agent.js';
import { currentInvocation } from '../invocation/scope.js';
import type { ExecuteOptions } from '../runtime/execute-options.js';
import type { OrchestrationResult } from '../runtime/orchestration-result.js';
import type { TrustAwareOrchestrationRuntime } from '../runtime/trust-aware-orchestration-runtime.js';
import type { AgentConnection } from './agent-connection.js';
import { toMermaid } from './to-mermaid.js';
import type { WorkflowGraph } from './workflow-graph.js';
import { WORKFLOW_PATTERN } from './workflow-pattern.js';

/** How a run of a workflow is to go: what `TrustAwareOrchestrationRuntime.execute` takes, less the pattern. */
export type WorkflowExecuteOptions = Omit<ExecuteOptions<string>, 'pattern' | 'options'>;

/**
 * A workflow that was built, and can be executed any number of times, also at once (plan, "Trust-Aware Workflow").
 * Made by {@link TrustAwareWorkflowBuilder}.
 *
 * It is an agent itself: give it as `agent` to a `TrustedAgent`, and workflows nest.
 */
export class TrustAwareWorkflow implements AgentLike {
  readonly agents: readonly TrustedAgent[];
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
   * Runs every agent once, each as soon as those before it have ended well. The root gets `input`; an agent after
   * one other gets that one's output; an agent after several gets their outputs by their names. The result is the
   * output of the last agent, or of several by their names.
   *
   * When an agent fails, those that depend on it do not start, and the others are seen to their end.
   *
   * @throws InvalidArgumentError; then what the run fails with: a coded error with what it left behind as `error.run`.
   */
  execute<T = unknown>(
    input: unknown,
    options: WorkflowExecuteOptions = {},
  ): Promise<OrchestrationResult<T>> {
    return this.#runtime.execute<T, string>(input, { ...options, pattern: WORKFLOW_PATTERN });
  }

  /**
   * The workflow as an agent. Inside an invocation its run has an id and a trail of its own, and the task, the human
   * origin and the cancelling of the invocation that it is in.
   *
   * The run is led by its root, by the root's own right: a delegation to the agent that the workflow is given to
   * bounds that agent, not the agents inside.
   *
   * @returns the result of the run.
   * @throws as {@link execute}.
   */
  async run(input: unknown, context: InvocationContext | undefined = currentInvocation()): Promise<unknown> {
    const { result } = await this.execute(input, context ? optionsWithin(context) : {});
    return result;
  }

  /** Only what makes it an agent, for where the other methods should not show. */
  asAgent(): AgentLike {
    return { run: (input, context) => this.run(input, context) };
  }

  /** A mermaid flowchart of the agents and what each connection delegates. */
  toMermaid(): string {
    return toMermaid(this.#graph);
  }
}

const optionsWithin = ({
  taskId,
  agentId,
  humanOrigin,
  signal,
}: InvocationContext): WorkflowExecuteOptions => ({
  taskId,
  initiatorId: agentId,
  signal,
  ...(humanOrigin && { humanOrigin }),
});
