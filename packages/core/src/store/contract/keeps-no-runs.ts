import { StoreError } from '../../errors/index.js';

/** The `evidence.reason` of a store that keeps no durable runs. */
export const KEEPS_NO_RUNS = 'KEEPS_NO_RUNS';

/** Refuses a call about durable runs. */
export const keepsNoRuns = (): StoreError =>
  new StoreError('STORE_FAILED', 'The trust store cannot do this with durable runs', {
    expected: 'a store that keeps them, such as @kaizen-eatp/store-sqlite, or an engine',
    remedy: 'Use such a store, or pass an engine, for instance that of @kaizen-eatp/engine-postgres.',
    evidence: { reason: KEEPS_NO_RUNS, retryable: false, outcome: 'nothing_written' },
  });
