import {
  type ConstraintRegistry,
  type ConstraintReport,
  type ConstraintViolation,
  PARTICIPATION,
} from './constraint-registry.js';
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
 * Judges an action by all limits of the records under which it happens, other than their labels. An action that exceeds
 * a limit according to the facts is a violation. A limit that the facts do not decide goes to the evaluator that
 * matches its name, such as `capability.scope.tables`; without one it is reported as unenforced.
 *
 * Pass the capability that gives the right, every delegation of the path, the lasting delegations of the chain that
 * cover the action, and the chain's envelope.
 */
export function judgeRecordLimits(
  registry: ConstraintRegistry,
  records: readonly LimitingRecord[],
  facts: ActionFacts,
): ConstraintReport {
  const violations: ConstraintViolation[] = [];
  const unenforced = new Set<string>();
  if (facts.action !== PARTICIPATION) {
    for (const record of records) {
      for (const limit of limitsOf(record))
        judgeLimit(registry, record, limit, facts, violations, unenforced);
    }
  }
  return { violations, unenforced: [...unenforced] };
}

function judgeLimit(
  registry: ConstraintRegistry,
  { id }: LimitingRecord,
  { name, value, judge }: RecordLimit,
  facts: ActionFacts,
  violations: ConstraintViolation[],
  unenforced: Set<string>,
): void {
  const judged = judge(facts);
  if (judged === 'met') return;
  if (judged !== 'unknown') {
    violations.push({ constraint: name, reason: `${judged.violated} (${id})` });
    return;
  }
  const report = registry.evaluate([name], { ...facts, limit: value });
  violations.push(...report.violations);
  for (const label of report.unenforced) unenforced.add(label);
}

/**
 * Returns when work under some records has to stop, in milliseconds since the epoch: the earliest end of an execution
 * time, or Infinity if nothing limits it. An expiry is not such a limit: it ends the right itself.
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
