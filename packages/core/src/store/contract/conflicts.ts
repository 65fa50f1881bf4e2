import { StoreError } from '../../errors/index.js';
import { type DurableRunState, ENDED_STATES } from './durable-runs.js';
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

/** @throws StoreError `STORE_CONFLICT` unless the delegation is offered. */
export function expectOffered(delegationId: string, isOffered: boolean): void {
  if (isOffered) return;
  throw new StoreError('STORE_CONFLICT', `The delegation ${delegationId} is not offered`, {
    expected: 'an offered delegation that was neither accepted nor revoked',
    received: 'none',
    remedy: 'Read it again: another writer accepted or revoked it.',
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

/** @throws StoreError `STORE_NOT_OWNER` unless the token is that of the run's owner. */
export function expectRunOwner(runId: string, stored: string | null | undefined, owner: string): void {
  if (stored === owner) return;
  throw notRunOwner(runId);
}

/** How a token begins that says which ownership came later: of two such tokens, the one that is greater byte by byte. */
export const ORDERED_OWNER = 'ordered/';

/**
 * @throws StoreError `STORE_NOT_OWNER` if the stored owner came later than the one that claims the run. So a process that was
 * stopped before its claim cannot take the run from the one that has taken it over.
 */
export function expectLaterOwner(runId: string, stored: string | null | undefined, owner: string): void {
  const areOrdered = stored?.startsWith(ORDERED_OWNER) === true && owner.startsWith(ORDERED_OWNER);
  if (areOrdered && owner < stored) throw notRunOwner(runId);
}

/** The error for a process that writes to a run that it does not own, or no longer. */
export const notRunOwner = (runId: string): StoreError =>
  new StoreError('STORE_NOT_OWNER', `Run ${runId} has another owner`, {
    expected: 'writes of the process that owns the run',
    received: 'a write of another one',
    remedy: 'Stop: the owner continues the run from what is stored.',
    evidence: { runId, ...NOTHING_WRITTEN },
  });

/** @throws StoreError `STORE_CONFLICT` unless deliveries follow those that are stored. */
export function expectNextDelivery(runId: string, stored: number, first: number): void {
  if (first === stored + 1) return;
  throw new StoreError(
    'STORE_CONFLICT',
    `The deliveries of run ${runId} do not follow those that are stored`,
    {
      expected: `delivery ${stored + 1}`,
      received: `delivery ${first}`,
      remedy: 'Continue the run from what is stored.',
      evidence: { runId, ...NOTHING_WRITTEN },
    },
  );
}

/** @throws StoreError `STORE_CONFLICT` unless a durable run exists and has not ended. */
export function expectRunInProgress(runId: string, state: DurableRunState | undefined): void {
  if (state !== undefined && !ENDED_STATES.includes(state)) return;
  throw new StoreError('STORE_CONFLICT', `Run ${runId} is not in progress`, {
    expected: 'a durable run that has not ended',
    received: state === undefined ? 'none' : `one that has ${state}`,
    remedy: 'Read its state and its result.',
    evidence: { runId, ...NOTHING_WRITTEN },
  });
}

/** The error for an intent of an owner that others took for ended. */
export const notIntentOwner = (owner: string): StoreError =>
  new StoreError('STORE_NOT_OWNER', 'Another process has taken over the work of this one', {
    expected: 'an owner whose process shows that it lives',
    received: 'one that was taken for ended, for instance since its process was stopped for a long time',
    remedy: 'Nothing was done. Start the work again: this process goes on under another name.',
    evidence: { owner, ...NOTHING_WRITTEN },
  });
