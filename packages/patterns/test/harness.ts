import {
  type AgentSource,
  type EatpError,
  type ExecuteOptions,
  type OrchestrationResult,
  type PatternName,
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
  TrustedAgent,
  type TrustedAgentOptions,
  TrustedSupervisorAgent,
  TrustOperations,
  type TrustOperationsOptions,
} from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { suiteStore } from 'suite-store';

export interface Cast {
  readonly agent: AgentSource;
  readonly capabilities?: readonly string[];
  readonly constraints?: readonly string[];
  readonly isSupervisor?: boolean;
  readonly tools?: TrustedAgentOptions['tools'];
}

export interface World {
  readonly trust: TrustOperations;
  readonly agents: Readonly<Record<string, TrustedAgent>>;
  run<Name extends PatternName>(
    pattern: Name,
    input: unknown,
    options?: ExecuteOptions<Name>,
  ): Promise<OrchestrationResult>;
}

/** Agents with trust from one authority, and a runtime with all nine patterns. */
export async function world(
  cast: Readonly<Record<string, Cast>>,
  settings: TrustOperationsOptions = {},
  more: Partial<TrustAwareOrchestrationRuntimeOptions> = {},
): Promise<World> {
  const trust = new TrustOperations({ store: suiteStore(), ...settings });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents: Record<string, TrustedAgent> = {};
  for (const [name, { agent, capabilities = [], constraints = [], isSupervisor, tools }] of Object.entries(
    cast,
  )) {
    const Kind = isSupervisor ? TrustedSupervisorAgent : TrustedAgent;
    const made = new Kind({ name, agent, trust, ...(tools && { tools }) });
    await made.establishTrust({ authorityId: acme.id, capabilities, constraints });
    agents[name] = made;
  }
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns, ...more });
  return {
    trust,
    agents,
    run: (pattern, input, options = {}) => runtime.execute(input, { ...options, pattern }),
  };
}

type Trace = Pick<OrchestrationResult, 'auditTrail' | 'delegations'>;

const short = (id: string): string => id.replace(/^agent-/, '');

/** One line for each anchor: who, what, how it went. */
export const steps = (run: Trace): string[] =>
  run.auditTrail.map(({ agentId, action, result }) => `${short(agentId)} ${action} ${result}`);

/** One line for each delegation: from, to, what, under which constraints. */
export const grants = (run: Trace): string[] =>
  run.delegations.map(
    ({ delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) =>
      `${short(delegatorId)} → ${short(delegateeId)}: ${capabilitiesDelegated.join(', ')}` +
      (constraintSubset.length > 0 ? ` [${constraintSubset.join(', ')}]` : ''),
  );

/** The error that a run rejected with, and what the run left behind. */
export async function failureOf(run: Promise<unknown>): Promise<{ error: EatpError; trace: Trace }> {
  const error = await run.then(
    () => {
      throw new Error('the run should have failed');
    },
    (thrown: EatpError) => thrown,
  );
  return { error, trace: error.run as unknown as Trace };
}

export const contextOf = (run: Trace, index: number): Record<string, unknown> =>
  run.auditTrail.at(index)?.context as Record<string, unknown>;

/** The details that the pattern added to a record. */
export const detailsOf = (run: Trace, index: number): unknown => contextOf(run, index).details;
