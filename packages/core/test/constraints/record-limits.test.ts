import { describe, expect, it } from 'vitest';
import type { CapabilityAttestation, ConstraintEnvelope, DelegationRecord } from '../../src/chain/index.js';
import { ConstraintRegistry, defineConstraint, forbidden, PERMITTED } from '../../src/constraints/index.js';
import {
  type ActionFacts,
  endOfWork,
  judgeRecordLimits,
  limitsOf,
} from '../../src/constraints/record-limits.js';
import { type JsonObject, numberLiteral, parseJson } from '../../src/wire/index.js';

const NOON = Date.UTC(2026, 0, 5, 12);
const SUPERVISED: JsonObject = {
  allow_code_execution: true,
  allow_delegation: true,
  allow_filesystem: true,
  allow_network: true,
  allow_state_mutation: true,
  allowed_tools: null,
  max_context_tokens: 16384,
  reasoning_required: false,
};

const delegation = (more: Partial<DelegationRecord> = {}): DelegationRecord => ({
  id: 'del-1',
  delegatorId: 'agent-a',
  delegateeId: 'agent-b',
  taskId: 't',
  capabilitiesDelegated: ['pay'],
  constraintSubset: [],
  delegatedAt: '2026-01-05T10:00:00+00:00',
  ...more,
});
const capability = (scope: unknown): CapabilityAttestation => ({
  id: 'cap-1',
  capability: 'pay',
  capabilityType: 'action',
  constraints: [],
  attesterId: 'org-acme',
  attestedAt: '2026-01-05T10:00:00+00:00',
  scope: scope as JsonObject,
});
const envelope = (...active: [string, string, unknown][]): ConstraintEnvelope => ({
  id: 'env-1',
  agentId: 'agent-b',
  activeConstraints: active.map(([constraintType, source, value], i) => ({
    id: `con-${i}`,
    constraintType: constraintType as never,
    source,
    value: value as never,
  })),
});
const constraints = (more: object) => delegation({ constraints: more as JsonObject });
const resources = (more: object) => delegation({ resourceLimits: more as JsonObject });
const scope = (more: object) => delegation({ scope: more as JsonObject });

const FACTS: ActionFacts = { kind: 'act', action: 'pay', now: NOON };
const TOOL: Partial<ActionFacts> = { tool: 'pay' };
const registry = new ConstraintRegistry();

describe('judgeRecordLimits', () => {
  type Verdict = 'met' | 'unenforced' | 'violated';
  it.each<[string, Parameters<typeof limitsOf>[0], Partial<ActionFacts>, Verdict]>([
    ['delegation.expires_at', delegation({ expiresAt: '2026-01-05T12:00:00+00:00' }), {}, 'met'],
    ['delegation.expires_at', delegation({ expiresAt: '2026-01-05T11:59:59+00:00' }), {}, 'violated'],
    ['capability.expires_at', { ...capability({}), expiresAt: '2026-01-05T11:00:00+00:00' }, {}, 'violated'],
    ['delegation.dimension_scope', delegation({ dimensionScope: ['financial'] }), {}, 'unenforced'],
    [
      'delegation.dimension_scope',
      delegation({ dimensionScope: ['financial'] }),
      { dimensions: ['financial'] },
      'met',
    ],
    [
      'delegation.dimension_scope',
      delegation({ dimensionScope: ['financial'] }),
      { dimensions: ['financial', 'temporal'] },
      'violated',
    ],
    ['delegation.constraints.allow_delegation', constraints({ allow_delegation: false }), {}, 'met'],
    [
      'delegation.constraints.allow_delegation',
      constraints({ allow_delegation: false }),
      { kind: 'delegate' },
      'violated',
    ],
    ['delegation.constraints.allow_network', constraints({ allow_network: false }), TOOL, 'unenforced'],
    ['delegation.constraints.allow_filesystem', constraints({ allow_filesystem: false }), TOOL, 'unenforced'],
    [
      'delegation.constraints.allow_code_execution',
      constraints({ allow_code_execution: false }),
      {},
      'unenforced',
    ],
    [
      'delegation.constraints.allow_code_execution',
      constraints({ allow_code_execution: false }),
      { kind: 'delegate' },
      'met',
    ],
    ['delegation.constraints.allow_state_mutation', constraints({ allow_state_mutation: false }), {}, 'met'],
    [
      'delegation.constraints.allow_state_mutation',
      constraints({ allow_state_mutation: false }),
      TOOL,
      'violated',
    ],
    [
      'delegation.constraints.allow_state_mutation',
      constraints({ allow_state_mutation: false }),
      { ...TOOL, effects: 'write' },
      'violated',
    ],
    [
      'delegation.constraints.allow_state_mutation',
      constraints({ allow_state_mutation: false }),
      { ...TOOL, effects: 'read' },
      'met',
    ],
    ['delegation.constraints.allowed_tools', constraints({ allowed_tools: ['look'] }), TOOL, 'violated'],
    ['delegation.constraints.allowed_tools', constraints({ allowed_tools: [] }), TOOL, 'violated'],
    ['delegation.constraints.allowed_tools', constraints({ allowed_tools: ['pay'] }), TOOL, 'met'],
    ['delegation.constraints.allowed_tools', constraints({ allowed_tools: [] }), { method: 'run' }, 'met'],
    ['delegation.constraints.max_context_tokens', constraints({ max_context_tokens: 10 }), {}, 'unenforced'],
    [
      'delegation.constraints.max_context_tokens',
      constraints({ max_context_tokens: 10 }),
      { contextTokens: 11 },
      'violated',
    ],
    [
      'delegation.constraints.reasoning_required',
      constraints({ reasoning_required: true }),
      {},
      'unenforced',
    ],
    [
      'delegation.constraints.reasoning_required',
      constraints({ reasoning_required: true }),
      { hasReasoning: true },
      'met',
    ],
    [
      'delegation.constraints.reasoning_required',
      constraints({ reasoning_required: true }),
      { kind: 'delegate', hasReasoning: false },
      'violated',
    ],
    ['delegation.constraints.allow_time_travel', constraints({ allow_time_travel: false }), {}, 'unenforced'],
    [
      'delegation.resource_limits.max_tool_calls',
      resources({ max_tool_calls: 2 }),
      { ...TOOL, toolCalls: 2 },
      'met',
    ],
    [
      'delegation.resource_limits.max_tool_calls',
      resources({ max_tool_calls: 2 }),
      { ...TOOL, toolCalls: 3 },
      'violated',
    ],
    ['delegation.resource_limits.max_tool_calls', resources({ max_tool_calls: 2 }), TOOL, 'unenforced'],
    ['delegation.resource_limits.max_tool_calls', resources({ max_tool_calls: 0 }), { method: 'run' }, 'met'],
    [
      'delegation.resource_limits.max_tool_calls',
      resources({ max_tool_calls: numberLiteral('20.0') }),
      { ...TOOL, toolCalls: 21 },
      'violated',
    ],
    [
      'delegation.resource_limits.max_tool_calls',
      resources({ max_tool_calls: '5' }),
      { ...TOOL, toolCalls: 1 },
      'violated',
    ],
    [
      'delegation.resource_limits.max_tool_calls',
      resources({ max_tool_calls: -1 }),
      { ...TOOL, toolCalls: 0 },
      'violated',
    ],
    [
      'delegation.resource_limits.max_execution_secs',
      resources({ max_execution_secs: 1 }),
      { elapsedMs: 1000 },
      'met',
    ],
    [
      'delegation.resource_limits.max_execution_secs',
      resources({ max_execution_secs: 1 }),
      { elapsedMs: 1001 },
      'violated',
    ],
    ['delegation.resource_limits.max_execution_secs', resources({ max_execution_secs: 1 }), {}, 'unenforced'],
    ['delegation.resource_limits.max_llm_calls', resources({ max_llm_calls: 1 }), {}, 'unenforced'],
    [
      'delegation.resource_limits.max_llm_calls',
      resources({ max_llm_calls: 1 }),
      { llmCalls: 2 },
      'violated',
    ],
    ['delegation.resource_limits.max_total_tokens', resources({ max_total_tokens: 1 }), {}, 'unenforced'],
    ['delegation.resource_limits.max_total_tokens', resources({ max_total_tokens: null }), {}, 'violated'],
    ['delegation.scope.domain', scope({ domain: 'finance' }), {}, 'unenforced'],
    ['delegation.scope.domain', scope({ domain: 'finance' }), { domain: 'finance' }, 'met'],
    ['delegation.scope.domain', scope({ domain: 'finance' }), { domain: 'sales' }, 'violated'],
    ['delegation.scope.domain', scope({ domain: '' }), {}, 'met'],
    ['delegation.scope.max_financial_cents', scope({ max_financial_cents: null }), {}, 'met'],
    ['delegation.scope.max_financial_cents', scope({ max_financial_cents: 100 }), {}, 'unenforced'],
    [
      'delegation.scope.max_financial_cents',
      scope({ max_financial_cents: 100 }),
      { financialCents: 101 },
      'violated',
    ],
    ['delegation.scope.operations', scope({ operations: [] }), {}, 'met'],
    ['delegation.scope.operations', scope({ operations: ['pay'] }), {}, 'met'],
    ['delegation.scope.operations', scope({ operations: ['pa*'] }), {}, 'met'],
    ['delegation.scope.operations', scope({ operations: ['look'] }), {}, 'violated'],
    ['delegation.scope.operations', scope({ operations: ['look'] }), { action: 'execute' }, 'met'],
    ['delegation.scope.operations', scope({ operations: ['read'] }), { ...TOOL, effects: 'read' }, 'met'],
    [
      'delegation.multi_sig_policy',
      delegation({ multiSig: true, multiSigPolicy: { threshold: 2, authorized_signers: [] } }),
      {},
      'unenforced',
    ],
    ['capability.scope.tables', capability({ tables: ['t'] }), {}, 'unenforced'],
    ['capability.scope', capability('everything'), {}, 'unenforced'],
    ['capability.scope', capability({}), {}, 'met'],
    ['envelope.reasoning_required', envelope(['reasoning_required', 'policy', true]), {}, 'unenforced'],
    [
      'envelope.reasoning_required',
      envelope(['reasoning_required', 'policy', true]),
      { hasReasoning: false },
      'violated',
    ],
    [
      'capability.scope.tables',
      capability({ tables: ['t'] }),
      { action: 'orchestration_participation' },
      'met',
    ],
  ])('%s of %j is, given %o, %s', (name, record, facts, verdict) => {
    const { violations, unenforced } = judgeRecordLimits(registry, [record], { ...FACTS, ...facts });
    expect(violations.map((v) => v.constraint)).toEqual(verdict === 'violated' ? [name] : []);
    expect(unenforced).toEqual(verdict === 'unenforced' ? [name] : []);
    if (verdict === 'violated') expect(violations[0]?.reason).toContain(`(${record.id})`);
  });

  it('finds no limits in a record that sets none, and reads each record once', () => {
    const record = delegation({ constraints: { ...SUPERVISED, max_context_tokens: 5 } });
    expect(limitsOf(record).map((limit) => limit.name)).toEqual([
      'delegation.constraints.max_context_tokens',
    ]);
    expect(limitsOf(record)).toBe(limitsOf(record));
    expect(limitsOf(delegation())).toEqual([]);
    expect(judgeRecordLimits(registry, [delegation(), capability(null)], FACTS)).toEqual({
      violations: [],
      unenforced: [],
    });
  });

  it('names a limit once, however many records have it, and judges each of them', () => {
    const records = [resources({ max_llm_calls: 1 }), resources({ max_llm_calls: 3 })];
    expect(judgeRecordLimits(registry, records, FACTS).unenforced).toHaveLength(1);
    expect(judgeRecordLimits(registry, records, { ...FACTS, llmCalls: 2 }).violations).toHaveLength(1);
    expect(judgeRecordLimits(registry, records, { ...FACTS, llmCalls: 4 }).violations).toHaveLength(2);
  });

  it('leaves what it does not know to the evaluator that matches the name', () => {
    const tables = defineConstraint({
      label: 'capability.scope.tables',
      evaluate: ({ limit, input }) =>
        (limit as string[]).includes((input as { table: string }).table)
          ? PERMITTED
          : forbidden('not that table'),
    });
    const own = new ConstraintRegistry([tables]);
    const ask = (table: string) =>
      judgeRecordLimits(own, [capability({ tables: ['t'] })], { ...FACTS, readInput: () => ({ table }) });
    expect(ask('t')).toEqual({ violations: [], unenforced: [] });
    expect(ask('u').violations).toEqual([
      { constraint: 'capability.scope.tables', reason: 'not that table' },
    ]);
  });

  it('hands an evaluator a limit that it cannot change', () => {
    const changing = defineConstraint({
      label: 'capability.scope.tables',
      evaluate({ limit }) {
        (limit as string[]).push('all');
        return PERMITTED;
      },
    });
    const { violations } = judgeRecordLimits(
      new ConstraintRegistry([changing]),
      [capability(parseJson('{"tables":["t"]}'))],
      FACTS,
    );
    expect(violations).toHaveLength(1);
  });
});

it('endOfWork is the earliest end of an execution time, whatever the records’ expiry', () => {
  const records = [
    resources({ max_execution_secs: 60 }),
    delegation({ expiresAt: '2026-01-05T12:00:30+00:00' }),
    resources({ max_llm_calls: 1 }),
  ];
  expect(endOfWork(records, NOON)).toBe(NOON + 60_000);
  expect(endOfWork([...records, resources({ max_execution_secs: 20 })], NOON)).toBe(NOON + 20_000);
  expect(endOfWork(records.slice(1), NOON)).toBe(Number.POSITIVE_INFINITY);
  expect(endOfWork([resources({ max_execution_secs: 'long' })], NOON)).toBe(NOON);
});
