import {
  type Intent,
  type LedgerEntry,
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
} from '@kaizen-eatp/core/store';

export const AT = '2026-06-01T12:00:00+00:00';

export const putChain = (
  agentId: string,
  ifVersion: string | null = null,
  text = `{"of":"${agentId}"}`,
): StoreWrite => ({
  op: 'put_chain',
  agentId,
  text,
  authorityId: 'org-acme',
  expiresAt: null,
  ifVersion,
});

export const revokeAgent = (agentId: string, reason = 'mallory had the key'): StoreWrite => ({
  op: 'revoke',
  revocation: { kind: 'agent', subjectId: agentId, reason, at: AT },
});

export const delegation = (delegationId: string, more: Partial<LedgerEntry> = {}): StoreWrite => ({
  op: 'add_delegation',
  entry: {
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
  },
});

export const intent = (invocationId: string, more: Partial<Intent> = {}): StoreWrite => ({
  op: 'open_intent',
  intent: {
    invocationId,
    trailId: 'run-1',
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
    ...more,
  },
});

/** Makes writes to the shared trail, each after the one that it made before. */
export function sharedTrail(): (anchorId: string, text?: string) => StoreWrite {
  let previousHash = TRAIL_START;
  let sequence = 0;
  return (anchorId, text = `{"id":"${anchorId}"}`) => {
    const place = { trailId: 'shared', sequence: ++sequence, previousHash };
    previousHash = linkHash(previousHash, text);
    return append({ ...place, hash: previousHash, anchorId, agentId: 'agent-alice', text });
  };
}

/** Entries of one trail, each after the one before. */
export function entries(trailId: string, count: number): TrailEntry[] {
  const made: TrailEntry[] = [];
  for (let sequence = 1; sequence <= count; sequence++) {
    const previousHash = made.at(-1)?.hash ?? TRAIL_START;
    const text = `{"sequence":${sequence}}`;
    const hash = linkHash(previousHash, text);
    made.push({
      trailId,
      sequence,
      previousHash,
      hash,
      anchorId: `aud-${sequence}`,
      agentId: 'agent-alice',
      text,
    });
  }
  return made;
}

export const append = (entry: TrailEntry): StoreWrite => ({ op: 'append_anchor', entry });
