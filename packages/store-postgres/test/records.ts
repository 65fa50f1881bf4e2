import { EatpError } from '@kaizen-eatp/core';
import {
  type LedgerEntry,
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
  type TrailHead,
} from '@kaizen-eatp/core/store';
import { expect } from 'vitest';

const AT = '2026-06-01T12:00:00+00:00';

export const putChain = (agentId: string, ifVersion: string | null = null, text = '{}'): StoreWrite => ({
  op: 'put_chain',
  agentId,
  text,
  authorityId: 'org-acme',
  expiresAt: null,
  ifVersion,
});

export const revokeAgent = (subjectId: string): StoreWrite => ({
  op: 'revoke',
  revocation: { kind: 'agent', subjectId, reason: 'mallory had the key', at: AT },
});

/** Makes writes to the shared trail, each after the one that it made before. */
export function sharedTrail(): (anchorId: string) => StoreWrite {
  let head: TrailEntry | undefined;
  return (anchorId) => {
    head = entryAfter('shared', head, anchorId);
    return { op: 'append_anchor', entry: head };
  };
}

/** The first entry of a trail. */
export const firstOf = (trailId: string, anchorId: string): StoreWrite => ({
  op: 'append_anchor',
  entry: entryAfter(trailId, undefined, anchorId),
});

export function entryAfter(trailId: string, head: TrailHead | undefined, anchorId: string): TrailEntry {
  const previousHash = head?.hash ?? TRAIL_START;
  const text = `{"id":"${anchorId}"}`;
  const sequence = (head?.sequence ?? 0) + 1;
  return {
    trailId,
    sequence,
    previousHash,
    hash: linkHash(previousHash, text),
    anchorId,
    agentId: 'agent-alice',
    text,
  };
}

export const addDelegation = (delegationId: string, more: Partial<LedgerEntry> = {}): StoreWrite => ({
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
    text: '{}',
    status: 'in_force',
    ...more,
  },
});

/** The error that a call was refused with; fails unless it is a coded error. */
export async function refusal(call: Promise<unknown>): Promise<EatpError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, 'the call was not refused with a coded error').toBeInstanceOf(EatpError);
  return error as EatpError;
}

/** Fails unless the entries are one sequence from 1, each linked to the one before. */
export function expectLinked(trail: readonly TrailEntry[]): void {
  let last: TrailHead = { sequence: 0, hash: TRAIL_START };
  for (const { sequence, previousHash, hash, text } of trail) {
    expect([sequence, previousHash, hash]).toEqual([last.sequence + 1, last.hash, linkHash(last.hash, text)]);
    last = { sequence, hash };
  }
}
