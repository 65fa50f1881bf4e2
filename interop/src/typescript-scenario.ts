import {
  type Authority,
  InMemoryKeyManager,
  MemoryTrustStore,
  type OrchestrationResult,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { numberLiteral, type ReasoningTrace } from '@kaizen-eatp/core/records';
import { sequential } from '@kaizen-eatp/patterns';
import { accepted } from './accepted.ts';
import { ALICE, AWKWARD_METADATA, FUTURE, FUTURE_OFFSET } from './awkward-values.ts';

export const TASK = 'task-été-1';

export const REASONING: ReasoningTrace = {
  decision: 'déléguer 😀',
  rationale: 'the helper has the data',
  confidentiality: 'restricted',
  timestamp: '2026-01-02T03:04:05.000060+00:00',
  alternativesConsidered: ['do it alone', 'é'],
  evidence: [{ score: numberLiteral('1.0'), low: numberLiteral('1e-05'), note: 'ﬁ' }],
  methodology: null,
  confidence: numberLiteral('0.0'),
};

/** Authorities, agents, lasting delegations and runs, all made by this project alone. */
export interface TypescriptScenario {
  readonly trust: TrustOperations;
  readonly store: MemoryTrustStore;
  readonly authorities: readonly Authority[];
  /** Every agent with a chain. */
  readonly agents: readonly string[];
  /** Those that took part in the runs of the task. */
  readonly workers: readonly string[];
  readonly runs: readonly OrchestrationResult[];
}

export async function typescriptScenario(): Promise<TypescriptScenario> {
  const store = new MemoryTrustStore();
  const trust = new TrustOperations({ store, keyManager: new InMemoryKeyManager() });
  const authorities = [
    await trust.createEnterpriseAuthority({ name: 'ACME Corp', metadata: AWKWARD_METADATA }),
    await trust.createEnterpriseAuthority({ name: 'Labor für Daten', authorityType: 'system' }),
    await trust.createEnterpriseAuthority({
      name: 'Alice',
      authorityType: 'human',
      permissions: ['create_agents'],
    }),
  ];
  const [acme, labs, alice] = authorities.map((authority) => authority.id) as [string, string, string];
  await establishAgents(trust, acme, labs, alice);
  await delegateForGood(trust);
  const { workers, runs } = await runTask(trust, acme, labs);
  const chains = await store.listChains();
  return { trust, store, authorities, agents: chains.map((chain) => chain.agentId), workers, runs };
}

async function establishAgents(
  trust: TrustOperations,
  acme: string,
  labs: string,
  alice: string,
): Promise<void> {
  await trust.establish({
    agentId: 'agent-bob',
    authorityId: acme,
    capabilities: [
      'analyze_data',
      {
        capability: 'read_*',
        capabilityType: 'access',
        constraints: ['q4_data_only', 'Texte_é'],
        scope: { tables: ['t1', 'ü'], ...AWKWARD_METADATA },
      },
    ],
    constraints: ['read_only', 'audit_required'],
    metadata: { ...AWKWARD_METADATA, constraints: ['no_pii_export', 'ﬁne 😀'] },
    expiresAt: FUTURE,
  });
  await trust.establish({
    agentId: 'agent-données',
    authorityId: labs,
    capabilities: ['*', '*_admin', 'read_*_data', { capability: 'données_é', capabilityType: 'delegation' }],
    expiresAt: FUTURE_OFFSET,
  });
  await trust.establish({
    agentId: 'agent-bare',
    authorityId: alice,
    capabilities: ['summarize'],
    protocolCapabilities: false,
  });
  await trust.establish({
    agentId: 'agent-powerless',
    authorityId: alice,
    capabilities: [],
    protocolCapabilities: false,
  });
}

/** Chains that delegations extend, chains that they make, and one made from such a one; within and across authorities. */
async function delegateForGood(trust: TrustOperations): Promise<void> {
  const lasting = { lasting: true, taskId: 'for good' } as const;
  await accepted(trust, {
    ...lasting,
    delegatorId: 'agent-bob',
    delegateeId: 'derived-1',
    capabilities: ['read_users', 'analyze_data', 'execute'],
    additionalConstraints: ['Only_Daytime_é'],
    reasoningTrace: REASONING,
    humanOrigin: ALICE,
  });
  await accepted(trust, {
    ...lasting,
    delegatorId: 'derived-1',
    delegateeId: 'derived-2',
    capabilities: ['read_users'],
    expiresAt: new Date('2090-01-01T00:00:00Z'),
    reasoningTrace: { ...REASONING, confidence: 1, methodology: 'capability_matching' },
  });
  await accepted(trust, {
    ...lasting,
    delegatorId: 'agent-données',
    delegateeId: 'agent-bare',
    capabilities: ['x_admin', 'données_é'],
    additionalConstraints: ['audit_required'],
  });
  await accepted(trust, {
    ...lasting,
    delegatorId: 'agent-bob',
    delegateeId: 'agent-bare',
    capabilities: ['read_x'],
  });
  await accepted(trust, {
    ...lasting,
    delegatorId: 'agent-bare',
    delegateeId: 'agent-powerless',
    capabilities: ['summarize'],
  });
}

async function runTask(trust: TrustOperations, acme: string, labs: string) {
  const collector = new TrustedAgent({ name: 'collector', trust, agent: (input) => [input, 1.5] });
  const analyst = new TrustedAgent({
    name: 'analyst',
    trust,
    agent: (input) => ({ seen: input, é: 2n ** 63n }),
  });
  const writer = new TrustedAgent({ name: 'writer', trust, agent: () => 'résumé 😀' });
  await collector.establishTrust({
    authorityId: acme,
    capabilities: ['collect', 'summarize'],
    constraints: ['audit_required'],
  });
  await analyst.establishTrust({
    authorityId: labs,
    capabilities: ['analyze_*'],
    metadata: AWKWARD_METADATA,
  });
  await writer.establishTrust({
    authorityId: acme,
    capabilities: ['summarize', 'write_text'],
    expiresAt: FUTURE,
  });
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: { collector, analyst, writer },
    trust,
    patterns: [sequential],
  });
  const options = { taskId: TASK, humanOrigin: ALICE, initiatorId: 'alice' };
  const runs = [
    await runtime.execute({ q: 'ü' }, options),
    await runtime.execute('again', { ...options, options: { constraints: ['q4_data_only', 'Façade'] } }),
  ];
  return { workers: [collector.id, analyst.id, writer.id], runs };
}
