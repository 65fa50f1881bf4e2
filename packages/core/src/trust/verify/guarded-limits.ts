import { type CapabilityAttestation, type DelegationRecord, derivedCapabilityId } from '../../chain/index.js';
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
import { expiryOf, type ParsedChain } from './parsed-records.js';

/** The verdict of the limits of signed records, other than constraint labels, on an action under the guard. */
export interface LimitReport extends ConstraintReport {
  /** When work under the records has to stop, in milliseconds since the epoch; Infinity if nothing ends it. */
  readonly endsAt: number;
}

/** The records that limit an action: the capability that is used, the delegations, and the lasting ones that gave it. */
export function limitingRecords(
  { chain }: ParsedChain,
  { links }: DelegationPath,
  capability: CapabilityAttestation | undefined,
  action: string,
  now: number,
): readonly LimitingRecord[] {
  const records: LimitingRecord[] = [];
  for (const { record } of links) if (isLimiting(record)) records.push(record);
  if (capability && isLimiting(capability)) records.push(capability);
  for (const delegation of chain.delegations) {
    const isConcerned =
      delegation.capabilitiesDelegated.some((name) => capabilityCovers(name, action)) &&
      now <= expiryOf(delegation.expiresAt) &&
      isLimiting(delegation) &&
      !gaveAnother(delegation, capability, chain);
    if (isConcerned) records.push(delegation);
  }
  const { constraintEnvelope: envelope } = chain;
  if (envelope && isLimiting(envelope)) records.push(envelope);
  return records;
}

const isLimiting = (record: LimitingRecord): boolean => limitsOf(record).length > 0;

/**
 * Whether a lasting delegation gave other capabilities than the one that is used: its limits are for those. A
 * delegation that was written by the reference does not say which capabilities it gave, so its limits apply to all
 * capabilities of the same name.
 */
function gaveAnother(
  { id, capabilitiesDelegated }: DelegationRecord,
  used: CapabilityAttestation | undefined,
  { capabilities }: ParsedChain['chain'],
): boolean {
  if (!used) return false;
  const given = new Set(capabilitiesDelegated.map((name) => derivedCapabilityId(id, name)));
  return !given.has(used.id) && capabilities.some((capability) => given.has(capability.id));
}

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
