import { StoreError, TRAIL_START, type TrailEntry, type TrailHead } from '@kaizen-eatp/core';

/** @throws StoreError `STORE_CONFLICT` unless what is stored has the version that the writer saw. */
export function expectVersion(what: string, current: string | null, ifVersion: string | null): void {
  if (current === ifVersion) return;
  throw new StoreError('STORE_CONFLICT', `The ${what} was changed by somebody else`, {
    expected: ifVersion === null ? 'none' : `version ${ifVersion}`,
    received: current === null ? 'none' : `version ${current}`,
    remedy: 'Read it again and repeat the change.',
  });
}

/** @throws StoreError `STORE_CONFLICT` unless a row was added. */
export function expectAdded(what: string, rows: number): void {
  if (rows > 0) return;
  throw new StoreError('STORE_CONFLICT', `The ${what} exists already`, {
    remedy: 'Use an id of its own for each.',
  });
}

/** @throws StoreError `STORE_CONFLICT` unless a row was removed. */
export function expectOpen(invocationId: string, rows: number): void {
  if (rows > 0) return;
  throw new StoreError('STORE_CONFLICT', `The intent ${invocationId} is not open`, {
    expected: 'an intent that was stored and has no outcome yet',
    received: 'none',
    remedy: 'Read the trail: somebody else, such as recover(), has recorded the outcome.',
  });
}

/** @throws StoreError `TRAIL_FORK` unless an entry comes right after its trail's head. */
export function expectToFollow(entry: TrailEntry, head: TrailHead | undefined): void {
  const sequence = (head?.sequence ?? 0) + 1;
  const previousHash = head?.hash ?? TRAIL_START;
  if (entry.sequence === sequence && entry.previousHash === previousHash) return;
  throw new StoreError('TRAIL_FORK', `Trail ${entry.trailId} cannot take entry ${entry.sequence}`, {
    expected: `entry ${sequence} after ${previousHash.slice(0, 12)}…`,
    received: `entry ${entry.sequence} after ${entry.previousHash.slice(0, 12)}…`,
    remedy: "A run's trail has one writer; somebody else wrote to it. Start a run of its own.",
    evidence: { trailId: entry.trailId },
  });
}
