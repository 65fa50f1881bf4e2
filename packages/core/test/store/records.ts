import {
  type Intent,
  type LedgerEntry,
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
} from '@kaizen-eatp/core/store';

const AT = '2026-01-02T03:04:05+00:00';

export const putChain = (agentId: string, text: string, ifVersion: string | null = null): StoreWrite => ({
  op: 'put_chain',
  agentId,
  text,
  authorityId: 'org-acme',
  expiresAt: null,
  ifVersion,
});

export const putAuthority = (
  authorityId: string,
  text: string,
  ifVersion: string | null = null,
): StoreWrite => ({
  op: 'put_authority',
  authorityId,
  text,
  ifVersion,
});

export const entry = (delegationId: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  delegationId,
  taskId: 'task-1',
  runId: null,
  delegatorId: 'agent-alice',
  delegateeId: 'agent-bob',
  parentDelegationId: null,
  person: null,
  invocationId: null,
  nonce: 'nonce',
  text: `{"id":"${delegationId}"}`,
  status: 'in_force',
  ...more,
});

export const add = (delegationId: string, more: Partial<LedgerEntry> = {}): StoreWrite => ({
  op: 'add_delegation',
  entry: entry(delegationId, more),
});

export const intent = (invocationId: string, more: Partial<Intent> = {}): Intent => ({
  invocationId,
  trailId: 'run-1',
  taskId: 'task-1',
  agentId: 'agent-bob',
  action: 'execute',
  method: null,
  resource: null,
  delegationId: null,
  person: null,
  attempt: 1,
  inputDigest: null,
  owner: 'process-1',
  openedAt: AT,
  authorityId: 'org-acme',
  code: 'hmac-sha256:none',
  ...more,
});

/** The entry that follows `before` in a trail. */
export function next(trailId: string, text: string, before?: TrailEntry): TrailEntry {
  const previousHash = before?.hash ?? TRAIL_START;
  const sequence = (before?.sequence ?? 0) + 1;
  return {
    trailId,
    sequence,
    previousHash,
    hash: linkHash(previousHash, text),
    anchorId: `aud-${text}`,
    agentId: 'agent-bob',
    text,
  };
}

export const append = (trailEntry: TrailEntry, closesIntent?: string): StoreWrite => ({
  op: 'append_anchor',
  entry: trailEntry,
  ...(closesIntent && { closesIntent }),
});

export const revoke = (kind: 'agent' | 'delegation' | 'person', subjectId: string): StoreWrite => ({
  op: 'revoke',
  revocation: { kind, subjectId, reason: 'left', at: AT },
});
