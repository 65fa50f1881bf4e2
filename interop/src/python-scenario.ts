import { humanOriginCodec, numberLiteral, reasoningTraceCodec } from '@kaizen-eatp/core/records';
import { ALICE, AWKWARD_JSON, FUTURE, FUTURE_OFFSET } from './awkward-values.ts';
import type { ReferenceClient } from './reference-client.ts';
import type { ReferenceAuthority } from './reference-records.ts';
import { REASONING } from './typescript-scenario.ts';

/** Authorities, chains and anchors, all made by the reference. */
export interface PythonScenario {
  readonly authorities: readonly Required<ReferenceAuthority>[];
  /** Stored chains by agent id. */
  readonly chains: ReadonlyMap<string, string>;
  readonly anchors: readonly { readonly stored: string; readonly agentId: string }[];
}

const TRACE = reasoningTraceCodec.encode(REASONING);
const HUMAN = humanOriginCodec.encode(ALICE);

/** The parts of a `v2-complete` delegation. They take ASCII only. */
const STRUCTURED = {
  constraints: {
    allow_code_execution: false,
    allow_delegation: true,
    allow_filesystem: false,
    allow_network: true,
    allow_state_mutation: true,
    allowed_tools: ['zip', 'awk', 'tool/"quoted"\u007f'],
    max_context_tokens: numberLiteral('9007199254740993'),
    reasoning_required: false,
  },
  resource_limits: {
    max_execution_secs: 300,
    max_llm_calls: 50,
    max_tool_calls: 20,
    max_total_tokens: numberLiteral('9223372036854775808'),
  },
  scope: { domain: 'finance', max_financial_cents: 12345, operations: ['write', 'read'] },
};
/** The same, with nothing in what may be left out. */
const SPARSE = {
  ...STRUCTURED,
  constraints: { ...STRUCTURED.constraints, allowed_tools: null },
  scope: { domain: 'finance', max_financial_cents: null, operations: [] },
};
const QUORUM = { threshold: 2, authorized_signers: ['3c'.repeat(32), 'a1'.repeat(32), '07'.repeat(32)] };

export const STRUCTURED_AGENTS = ['derived-v2', 'derived-v3'];

/** @param world - the name of the world in which the reference makes it. */
export async function pythonScenario(reference: ReferenceClient, world: string): Promise<PythonScenario> {
  const authorities = [
    await reference.generateAuthority(world, 'org-py', 'Org é', 'organization'),
    await reference.generateAuthority(world, 'sys-py', 'System', 'system'),
    await reference.generateAuthority(world, 'alice-py', 'Alice', 'human'),
  ];
  await establishAgents(reference, world);
  await delegateLegacy(reference, world);
  await delegateStructured(reference, world);
  const anchors = await audit(reference, world);
  const agents = [
    'py-bob',
    'py-données',
    'py-bare',
    'py-powerless',
    'derived-1',
    'derived-2',
    ...STRUCTURED_AGENTS,
  ];
  const chains = new Map<string, string>();
  for (const agentId of agents) chains.set(agentId, await reference.getChain(world, agentId));
  return { authorities, chains, anchors };
}

async function establishAgents(reference: ReferenceClient, world: string): Promise<void> {
  await reference.establish(world, {
    agent_id: 'py-bob',
    authority_id: 'org-py',
    capabilities: [
      { capability: 'analyze_data', capability_type: 'action' },
      {
        capability: 'read_*',
        capability_type: 'access',
        constraints: ['q4_data_only', 'Texte_é'],
        scope_json: AWKWARD_JSON,
      },
    ],
    constraints: ['read_only', 'audit_required'],
    metadata_json: AWKWARD_JSON.replace('{', '{"constraints": ["no_pii_export", "ﬁne 😀", 1e-05], '),
    expires_at: FUTURE,
  });
  await reference.establish(world, {
    agent_id: 'py-données',
    authority_id: 'sys-py',
    capabilities: ['*', '*_admin', 'read_*_data', 'données_é'].map((capability) => ({
      capability,
      capability_type: 'delegation',
    })),
    expires_at: FUTURE_OFFSET,
  });
  await reference.establish(world, {
    agent_id: 'py-bare',
    authority_id: 'alice-py',
    capabilities: ['summarize', 'execute'].map((capability) => ({ capability, capability_type: 'action' })),
  });
  await reference.establish(world, { agent_id: 'py-powerless', authority_id: 'alice-py', capabilities: [] });
}

async function delegateLegacy(reference: ReferenceClient, world: string): Promise<void> {
  const task_id = 'task-été';
  await reference.delegate(world, {
    delegator_id: 'py-bob',
    delegatee_id: 'derived-1',
    task_id,
    capabilities: ['read_users', 'analyze_data'],
    additional_constraints: ['Only_Daytime_é'],
    reasoning_trace: TRACE,
    human_origin: HUMAN,
  });
  await reference.delegate(world, {
    delegator_id: 'derived-1',
    delegatee_id: 'derived-2',
    task_id,
    capabilities: ['read_users'],
    expires_at: '2090-01-01T00:00:00+00:00',
    reasoning_trace: { ...TRACE, confidence: numberLiteral('1.0') },
  });
  await reference.delegate(world, {
    delegator_id: 'py-données',
    delegatee_id: 'py-bare',
    task_id,
    capabilities: ['x_admin', 'données_é'],
    additional_constraints: ['audit_required'],
  });
  await reference.delegate(world, {
    delegator_id: 'py-bare',
    delegatee_id: 'py-powerless',
    task_id,
    capabilities: ['summarize'],
  });
}

async function delegateStructured(reference: ReferenceClient, world: string): Promise<void> {
  const request = {
    delegator_id: 'py-bare',
    task_id: 'task-structured',
    capabilities: ['summarize', 'execute'],
  };
  await reference.delegate(world, {
    ...request,
    delegatee_id: 'derived-v2',
    expires_at: FUTURE_OFFSET,
    reasoning_trace: TRACE,
    structured: STRUCTURED,
  });
  await reference.delegate(world, {
    ...request,
    delegatee_id: 'derived-v3',
    structured: { ...SPARSE, multi_sig_policy: QUORUM },
  });
}

async function audit(reference: ReferenceClient, world: string): Promise<PythonScenario['anchors']> {
  const anchors: { stored: string; agentId: string }[] = [];
  const results = ['success', 'failure', 'denied', 'partial'];
  for (const [i, agentId] of ['py-bob', 'py-bare', 'derived-2', 'derived-v2'].entries()) {
    const stored = await reference.audit(world, {
      agent_id: agentId,
      action: 'données_é',
      ...(i % 2 === 0 && { resource: 'db/überblick' }),
      result: results[i] as string,
      context_json: AWKWARD_JSON,
      ...(i === 0 && { reasoning_trace: TRACE }),
      ...(i < 2 && { human_origin: HUMAN }),
    });
    anchors.push({ stored, agentId });
  }
  return anchors;
}
