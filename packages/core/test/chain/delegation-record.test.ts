import type { DelegationRecord } from '@kaizen-eatp/core';
import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { delegationSigningText } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

const record: DelegationRecord = {
  id: 'del-1',
  delegatorId: 'agent-alice',
  delegateeId: 'agent-bob',
  taskId: 'task-1',
  capabilitiesDelegated: ['b', 'a'],
  constraintSubset: ['z', 'y'],
  delegatedAt: '2026-01-02T03:04:05+00:00',
};
const structured: DelegationRecord = {
  ...record,
  signingPayloadVersion: 'v2-complete',
  constraints: {
    allow_code_execution: false,
    allow_delegation: true,
    allow_filesystem: false,
    allow_network: false,
    allow_state_mutation: false,
    max_context_tokens: 1,
    reasoning_required: false,
  },
  resourceLimits: { max_execution_secs: 1, max_llm_calls: 1, max_tool_calls: 1, max_total_tokens: 1 },
  scope: { domain: 'd' },
};

describe('the signed form of a delegation', () => {
  it('has all five dimensions where none is named, and sorted lists', () => {
    expect(delegationSigningText(record)).toBe(
      '{"capabilities_delegated":["a","b"],"constraint_subset":["y","z"],"delegated_at":"2026-01-02T03:04:05+00:00",' +
        '"delegatee_id":"agent-bob","delegator_id":"agent-alice",' +
        '"dimension_scope":["communication","data_access","financial","operational","temporal"],"expires_at":null,' +
        '"id":"del-1","parent_delegation_id":null,"reasoning_trace_hash":null,"task_id":"task-1"}',
    );
  });

  it('leaves the record itself in its order', () => {
    delegationSigningText(record);
    expect(record.capabilitiesDelegated).toEqual(['b', 'a']);
  });

  it('of the cross-SDK version does without the task and names its version', () => {
    expect(JSON.parse(delegationSigningText(structured))).toMatchObject({
      delegation_id: 'del-1',
      capabilities: ['b', 'a'],
      signing_payload_version: 'v2-complete',
    });
    expect(delegationSigningText(structured)).not.toContain('task');
  });

  it.each<[string, Partial<DelegationRecord>]>([
    ['an unknown version', { signingPayloadVersion: 'v9' }],
    ['a fraction of a second', { delegatedAt: '2026-01-02T03:04:05.000001+00:00' }],
    ['narrowed dimensions', { dimensionScope: ['financial'] }],
    ['non-ASCII text', { delegateeId: 'agent-é' }],
    ['no structured constraints', { constraints: null }],
    ['a quorum that v2 does not sign', { multiSig: true }],
    ['v3 without a quorum', { signingPayloadVersion: 'v3-complete' }],
  ])('is refused with %s', (_what, change) => {
    expect(() => delegationSigningText({ ...structured, ...change })).toThrow(MalformedRecordError);
  });
});
