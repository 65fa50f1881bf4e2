import {
  type Intent,
  type LedgerEntry,
  linkHash,
  type Revocation,
  type RevocationKind,
  type StatementEntry,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
  type TrailHead,
} from '@kaizen-eatp/core/store';

// A store believes no record, so these say no more than which record they are.
const AT = '2026-06-01T12:00:00+00:00';

export const chainText = (agentId: string, note = 'first'): string =>
  `{"agent_id":"${agentId}","note":"${note}"}`;

export const putChain = (agentId: string, ifVersion: string | null = null, text = chainText(agentId)) =>
  ({
    op: 'put_chain',
    agentId,
    text,
    authorityId: 'org-acme',
    expiresAt: null,
    ifVersion,
  }) as const satisfies StoreWrite;

export const deactivateChain = (agentId: string) =>
  ({ op: 'deactivate_chain', agentId, at: AT }) as const satisfies StoreWrite;

export const putAuthority = (
  authorityId: string,
  ifVersion: string | null = null,
  text = `{"id":"${authorityId}"}`,
) => ({ op: 'put_authority', authorityId, text, ifVersion }) as const satisfies StoreWrite;

export const ledgerEntry = (delegationId: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
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

export const addDelegation = (delegationId: string, more: Partial<LedgerEntry> = {}) =>
  ({ op: 'add_delegation', entry: ledgerEntry(delegationId, more) }) as const satisfies StoreWrite;

export const revoke = (kind: RevocationKind, subjectId: string) =>
  ({ op: 'revoke', revocation: revocation(kind, subjectId) }) as const satisfies StoreWrite;

export const revocation = (kind: RevocationKind, subjectId: string): Revocation => ({
  kind,
  subjectId,
  reason: 'mallory had the key',
  at: AT,
});

export const intent = (invocationId: string, trailId = 'run-1'): Intent => ({
  invocationId,
  trailId,
  taskId: 'task-1',
  agentId: 'agent-alice',
  action: 'work',
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
});

export const openIntent = (invocationId: string, trailId?: string) =>
  ({ op: 'open_intent', intent: intent(invocationId, trailId) }) as const satisfies StoreWrite;

/** The entry that follows a head; the first of its trail if there is none. */
export function entryAfter(
  trailId: string,
  head: TrailHead | undefined,
  anchorId: string,
  text = `{"id":"${anchorId}"}`,
): TrailEntry {
  const previousHash = head?.hash ?? TRAIL_START;
  return {
    trailId,
    sequence: (head?.sequence ?? 0) + 1,
    previousHash,
    hash: linkHash(previousHash, text),
    anchorId,
    agentId: 'agent-alice',
    text,
  };
}

export const appendAnchor = (entry: TrailEntry, closesIntent?: string): StoreWrite => ({
  op: 'append_anchor',
  entry,
  ...(closesIntent !== undefined && { closesIntent }),
});

/** So many statements, each after the one before. */
export function statements(count: number): StatementEntry[] {
  const made: StatementEntry[] = [];
  for (let sequence = 1; sequence <= count; sequence++) {
    const previousHash = made.at(-1)?.hash ?? TRAIL_START;
    const text = `{"sequence":${sequence}}`;
    made.push({ sequence, previousHash, hash: linkHash(previousHash, text), text });
  }
  return made;
}

export const appendStatement = (entry: StatementEntry) =>
  ({ op: 'append_statement', entry }) as const satisfies StoreWrite;

/** So many entries of one trail, each after the one before. */
export function entries(trailId: string, count: number): TrailEntry[] {
  const made: TrailEntry[] = [];
  for (let i = 1; i <= count; i++) made.push(entryAfter(trailId, made.at(-1), `aud-${i}`));
  return made;
}
