import type { ConstraintReport, ConstraintViolation } from './constraint-registry.js';
import type { ActionFacts, LimitingRecord, RecordLimit } from './limit-facts.js';
import { readLimits } from './read-limits.js';

export type { ActionFacts, LimitingRecord, LimitVerdict, RecordLimit } from './limit-facts.js';

const cache = new WeakMap<LimitingRecord, readonly RecordLimit[]>();

/** Returns the limits of a record, read once for each record. Most records have none. */
export function limitsOf(record: LimitingRecord): readonly RecordLimit[] {
  let limits = cache.get(record);
  if (!limits) {
    limits = readLimits(record);
    cache.set(record, limits);
  }
  return limits;
}

/**
 * Judges an action by all limits of the records under which it happens, other than their labels: what the facts show
 * to be outside a limit is a violation, and a limit that they do not decide is reported as unenforced.
 *
 * Pass the capability that gives the right, every delegation of the path, the lasting delegations of the chain that
 * cover the action, and the chain's envelope.
 */
export function judgeRecordLimits(records: readonly LimitingRecord[], facts: ActionFacts): ConstraintReport {
  let violations: ConstraintViolation[] | undefined;
  let unenforced: Set<string> | undefined;
  for (const record of records) {
    for (const limit of limitsOf(record)) {
      const judged = limit.judge(facts);
      if (judged === 'met') continue;
      if (judged === 'unknown') {
        unenforced ??= new Set();
        unenforced.add(limit.name);
      } else {
        violations ??= [];
        violations.push({ constraint: limit.name, reason: `${judged.violated} (${record.id})` });
      }
    }
  }
  return { violations: violations ?? NONE, unenforced: unenforced ? [...unenforced] : NONE };
}

const NONE: readonly never[] = Object.freeze([]);

/**
 * Returns when work under some records has to stop, in milliseconds since the epoch: the earliest expiry or end of an
 * execution time, or Infinity if nothing ends it.
 *
 * @param startedAt - when work under the records began.
 */
export function endOfWork(records: readonly LimitingRecord[], startedAt: number): number {
  let end = Number.POSITIVE_INFINITY;
  for (const record of records) {
    for (const limit of limitsOf(record)) end = Math.min(end, limit.endsAt?.(startedAt) ?? end);
  }
  return end;
}
