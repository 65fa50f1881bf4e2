import { readFileSync } from 'node:fs';
import {
  type AgentSource,
  type OrchestrationResult,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';

/** An agent of the team. */
export interface Member {
  readonly agent: AgentSource;
  readonly capabilities?: readonly string[];
  readonly constraints?: readonly string[];
}

export type Print = (line: string) => void;

/** Makes agents that one authority trusts, and a runtime with all nine patterns. */
export async function team(
  members: Readonly<Record<string, Member>>,
): Promise<TrustAwareOrchestrationRuntime> {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents: Record<string, TrustedAgent> = {};
  for (const [name, { agent, capabilities = [], constraints = [] }] of Object.entries(members)) {
    agents[name] = new TrustedAgent({ name, agent, trust });
    await agents[name].establishTrust({ authorityId: acme.id, capabilities, constraints });
  }
  return new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });
}

/** Prints all delegations and audit entries of a run. */
export function printTrail(result: OrchestrationResult, print: Print): void {
  print(`  ${result.delegations.length} delegations, ${result.auditTrail.length} audit entries`);
  for (const { delegatorId, delegateeId, capabilitiesDelegated, constraintSubset } of result.delegations) {
    const limits = constraintSubset.length > 0 ? ` under ${constraintSubset.join(', ')}` : '';
    print(`    ${delegatorId} → ${delegateeId}: ${capabilitiesDelegated.join(', ')}${limits}`);
  }
  for (const { agentId, action, result: outcome } of result.auditTrail) {
    print(`    ${agentId.padEnd(20)} ${action.padEnd(26)} ${outcome}`);
  }
}

export const text = (file: string): string =>
  readFileSync(new URL(`../data/${file}`, import.meta.url), 'utf8');

export const json = <T>(file: string): T => JSON.parse(text(file)) as T;
