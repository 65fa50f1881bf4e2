import * as z from 'zod';
import { TrustedAgent } from '../agent/trusted-agent.js';
import { VERIFICATION_LEVELS } from '../chain/index.js';
import { describe, InvalidArgumentError, WorkflowValidationError } from '../errors/index.js';
import type { RuntimeLimits } from '../runtime/limits.js';
import { expectTrust } from '../runtime/runtime-options.js';
import {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from '../runtime/trust-aware-orchestration-runtime.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import {
  capabilityCovers,
  EXECUTE,
  expectCapabilityName,
  PARTICIPATION,
} from '../trust/verify/capability-match.js';
import { expiryOf } from '../trust/verify/parsed-records.js';
import { parseOptions } from '../wire/index.js';
import type { AgentConnection } from './agent-connection.js';
import { type AuthorityFacts, planAuthority } from './authority-plan.js';
import { checkAgents, checkGivers } from './check-capabilities.js';
import { checkStructure } from './check-structure.js';
import { TrustAwareWorkflow } from './trust-aware-workflow.js';
import type { WorkflowGraph } from './workflow-graph.js';
import { workflowPattern } from './workflow-pattern.js';

/** Options of the runtime of a workflow. The workflow itself determines the agents and the pattern. */
export type TrustAwareWorkflowBuilderOptions = Omit<
  TrustAwareOrchestrationRuntimeOptions,
  'agents' | 'patterns' | 'trust'
>;

/**
 * Builds a workflow of trusted agents:
 *
 * ```ts
 * const workflow = await new TrustAwareWorkflowBuilder(trust)
 *   .addAgent(researcher, ['search'])
 *   .addAgent(analyst, ['analyze'])
 *   .connect(researcher, analyst, ['analyze'])
 *   .build();
 * ```
 *
 * A workflow has one root, the agent that nothing comes before: it leads the run by its own right, and all other
 * authority in the run is delegated from it along the connections.
 */
export class TrustAwareWorkflowBuilder {
  readonly #trust: TrustOperations;
  readonly #options: TrustAwareWorkflowBuilderOptions;
  readonly #agents: TrustedAgent[] = [];
  readonly #required = new Map<TrustedAgent, readonly string[]>();
  readonly #connections: AgentConnection[] = [];

  /**
   * @param trust - the operations that established the agents.
   * @param options - of the runtime that executes the workflow.
   * @throws InvalidArgumentError.
   */
  constructor(trust: TrustOperations, options: TrustAwareWorkflowBuilderOptions = {}) {
    this.#trust = expectTrust(trust);
    this.#options = parseOptions(
      builderOptions,
      options,
      'a workflow builder',
    ) as TrustAwareWorkflowBuilderOptions;
  }

  /**
   * Adds an agent.
   *
   * @param requiredCapabilities - the capabilities that the agent's own chain must hold. Default: none.
   * @throws InvalidArgumentError for a value that is not a TrustedAgent, or not a capability.
   */
  addAgent(agent: TrustedAgent, requiredCapabilities: readonly string[] = []): this {
    this.#agents.push(expectAgent(agent));
    const required = [...(this.#required.get(agent) ?? []), ...expectCapabilities(requiredCapabilities)];
    this.#required.set(agent, [...new Set(required)]);
    return this;
  }

  /**
   * Passes one agent's output to another, with a delegation from the one to the other.
   *
   * Each of several connections into an agent makes a delegation. The agent acts under the one that is within all the
   * others, and under the constraints of all of them. A connection with `execute` leaves the choice to the others.
   *
   * @param capabilitiesToDelegate - the only capabilities that the agent can then use. Default: `execute`, "do your own
   * job", within the delegator's own delegation.
   * @throws InvalidArgumentError for a value that is not a TrustedAgent, or not a capability.
   */
  connect(from: TrustedAgent, to: TrustedAgent, capabilitiesToDelegate: readonly string[] = []): this {
    const capabilities = [...new Set(expectCapabilities(capabilitiesToDelegate))];
    this.#connections.push({
      fromAgent: expectAgent(from),
      toAgent: expectAgent(to),
      capabilities: capabilities.length > 0 ? capabilities : [EXECUTE],
    });
    return this;
  }

  /**
   * Reads the agents' chains and checks the whole workflow. Later calls of the builder do not change a built workflow.
   *
   * @throws WorkflowValidationError with all problems; InvalidArgumentError for the runtime's options; StoreError.
   */
  async build(): Promise<TrustAwareWorkflow> {
    const { graph, problems } = checkStructure(this.#agents, this.#connections);
    await Promise.all(graph.agents.map((agent) => agent.refresh()));
    const facts = this.#facts();
    const plan = problems.length === 0 ? planAuthority(graph, facts) : undefined;
    const all = [
      ...problems,
      ...checkAgents(graph, this.#required, facts, await this.#untrusted(graph)),
      ...(plan?.problems ?? checkGivers(graph, facts)),
    ];
    if (!plan || all.length > 0) throw new WorkflowValidationError(all);
    const agents = graph.agents.map((agent) => [agent.name, agent] as const);
    const patterns = [workflowPattern(graph, plan.agents)];
    const trust = this.#trust;
    return new TrustAwareWorkflow(
      graph,
      new TrustAwareOrchestrationRuntime({ ...this.#options, trust, agents, patterns }),
    );
  }

  /** Returns the reasons why agents cannot take part in a run, by agent, found in the same way as at run time. */
  async #untrusted({ agents }: WorkflowGraph): Promise<ReadonlyMap<TrustedAgent, string>> {
    const trust = this.#trust;
    const { requireTrust = true, verificationLevel } = this.#options;
    const reasons = new Map<TrustedAgent, string>();
    if (!requireTrust) return reasons;
    for (const agent of agents) {
      const level = verificationLevel === undefined ? {} : { level: verificationLevel };
      const { valid, reason } = await trust.verify({ agentId: agent.id, action: PARTICIPATION, ...level });
      if (!valid) reasons.set(agent, reason ?? 'it does not verify');
    }
    return reasons;
  }

  #facts(): AuthorityFacts {
    const deployment = deploymentOf(this.#trust);
    const { strictDelegation, maxDelegationDepth } = deployment.settings;
    const now = deployment.now();
    return {
      strictDelegation,
      maxDelegationDepth,
      holds: ({ trustChain }, capability) =>
        trustChain?.capabilities.some(
          (c) => capabilityCovers(c.capability, capability) && now <= expiryOf(c.expiresAt),
        ) ?? false,
    };
  }
}

const builderOptions = z.strictObject({
  verificationLevel: z.enum(VERIFICATION_LEVELS).optional(),
  requireTrust: z.boolean().optional(),
  limits: z
    .custom<RuntimeLimits>((value) => typeof value === 'object' && value !== null, 'a plain object')
    .optional(),
});

function expectAgent(agent: unknown): TrustedAgent {
  if (agent instanceof TrustedAgent) return agent;
  throw new InvalidArgumentError('This is not an agent for a workflow', {
    expected: 'a TrustedAgent',
    received: describe(agent),
    remedy: 'Wrap the function or object that does the work: new TrustedAgent({ name, agent, trust }).',
  });
}

function expectCapabilities(capabilities: unknown): readonly string[] {
  if (Array.isArray(capabilities)) return capabilities.map(expectCapabilityName);
  throw new InvalidArgumentError('Capabilities must be a list', {
    expected: "an array of names, for instance ['analyze']",
    received: describe(capabilities),
    remedy: 'Pass an array, or omit it.',
  });
}
