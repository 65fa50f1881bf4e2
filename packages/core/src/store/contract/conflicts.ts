import { StoreError } from '../../errors/index.js';
import { TRAIL_START } from './link-hash.js';
import type { StatementEntry, TrailEntry, TrailHead } from './stored-records.js';

// The errors of every store for a write that does not fit the stored records.

const NOTHING_WRITTEN = { retryable: false, outcome: 'nothing_written' } as const;

/**
 * @throws StoreError `STORE_CONFLICT` unless the stored version is the one that the writer saw; null stands for an
 * absent record.
 */
export function expectStoredVersion(what: string, stored: string | null, ifVersion: string | null): void {
  if (stored === ifVersion) return;
  throw new StoreError('STORE_CONFLICT', `Another writer changed the ${what}`, {
    expected: ifVersion === null ? 'none' : `version ${ifVersion}`,
    received: stored === null ? 'none' : `version ${stored}`,
    remedy: 'Read it again and repeat the change.',
    evidence: NOTHING_WRITTEN,
  });
}

/** @throws StoreError `STORE_CONFLICT` if the record exists. */
export function expectNewRecord(what: string, isNew: boolean): void {
  if (isNew) return;
  throw new StoreError('STORE_CONFLICT', `The ${what} exists already`, {
    remedy: 'Use a separate id for each.',
    evidence: NOTHING_WRITTEN,
  });
}

/** @throws StoreError `STORE_CONFLICT` unless the intent is open. */
export function expectOpenIntent(invocationId: string, isOpen: boolean): void {
  if (isOpen) return;
  throw new StoreError('STORE_CONFLICT', `The intent ${invocationId} is not open`, {
    expected: 'an intent that was stored and has no outcome yet',
    received: 'none',
    remedy: 'It was never stored, or its outcome is already recorded. Read the trail.',
    evidence: NOTHING_WRITTEN,
  });
}

/** @throws StoreError `STORE_CONFLICT` unless a statement comes right after the log's head. */
export function expectNextStatement(entry: StatementEntry, head: TrailHead | undefined): void {
  const sequence = (head?.sequence ?? 0) + 1;
  const previousHash = head?.hash ?? TRAIL_START;
  if (entry.sequence === sequence && entry.previousHash === previousHash) return;
  throw new StoreError('STORE_CONFLICT', 'Another writer added to the statements', {
    expected: `statement ${sequence} after ${previousHash.slice(0, 12)}…`,
    received: `statement ${entry.sequence} after ${entry.previousHash.slice(0, 12)}…`,
    remedy: 'Read the statements again, and sign this one for the next place.',
    evidence: NOTHING_WRITTEN,
  });
}

/** @throws StoreError `TRAIL_FORK` unless an entry comes right after its trail's head. */
export function expectNextEntry(entry: TrailEntry, head: TrailHead | undefined): void {
  const sequence = (head?.sequence ?? 0) + 1;
  const previousHash = head?.hash ?? TRAIL_START;
  if (entry.sequence === sequence && entry.previousHash === previousHash) return;
  throw new StoreError('TRAIL_FORK', `Trail ${entry.trailId} cannot take entry ${entry.sequence}`, {
    expected: `entry ${sequence} after ${previousHash.slice(0, 12)}…`,
    received: `entry ${entry.sequence} after ${entry.previousHash.slice(0, 12)}…`,
    remedy: 'The trail of a run has one writer, and another writer added to it. Start a new run.',
    evidence: { trailId: entry.trailId, ...NOTHING_WRITTEN },
  });
}
