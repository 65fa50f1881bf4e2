import type { CapabilityAttestation } from '../../chain/index.js';
import type { ConstraintFacts, ConstraintReport } from '../../constraints/index.js';
import {
  endOfWork,
  judgeRecordLimits,
  type LimitingRecord,
  limitsOf,
} from '../../constraints/record-limits.js';
import type { Deployment } from '../deployment.js';
import { capabilityCovers } from './capability-match.js';
import type { DelegationPath } from './delegation-path.js';
import type { ParsedChain } from './parsed-records.js';

/** The verdict of the limits of signed records, other than constraint labels, on an action under the guard. */
export interface LimitReport extends ConstraintReport {
  /** When work under the records has to stop, in milliseconds since the epoch; Infinity if nothing ends it. */
  readonly endsAt: number;
}

/** The records that limit an action: the capability, the delegations, and the lasting ones that cover the action. */
export function limitingRecords(
  { chain }: ParsedChain,
  { links }: DelegationPath,
  capability: CapabilityAttestation | undefined,
  action: string,
): readonly LimitingRecord[] {
  const records: LimitingRecord[] = [];
  for (const { record } of links) if (isLimiting(record)) records.push(record);
  if (capability && isLimiting(capability)) records.push(capability);
  for (const delegation of chain.delegations) {
    const covers = delegation.capabilitiesDelegated.some((name) => capabilityCovers(name, action));
    if (covers && isLimiting(delegation)) records.push(delegation);
  }
  const { constraintEnvelope: envelope } = chain;
  if (envelope && isLimiting(envelope)) records.push(envelope);
  return records;
}

const isLimiting = (record: LimitingRecord): boolean => limitsOf(record).length > 0;

/** Judges the limits of records. Called only where there are some. */
export function judgeLimits(
  { constraints }: Deployment,
  records: readonly LimitingRecord[],
  facts: ConstraintFacts,
  work: { readonly startedAt: number; readonly toolCalls: number },
): LimitReport {
  const report = judgeRecordLimits(constraints, records, {
    ...facts,
    kind: 'act',
    toolCalls: work.toolCalls,
    elapsedMs: facts.now - work.startedAt,
  });
  return { ...report, endsAt: endOfWork(records, work.startedAt) };
}
