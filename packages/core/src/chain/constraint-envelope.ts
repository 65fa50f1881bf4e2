import { z } from 'zod';
import {
  canonicalJson,
  compareCodePoints,
  type JsonValue,
  pythonStr,
  RecordCodec,
  sha256Hex,
  type WithUnknownFields,
} from '../wire/index.js';
import type { CapabilityAttestation } from './capability-attestation.js';
import type { DelegationRecord } from './delegation-record.js';
import { CONSTRAINT_TYPES, type ConstraintType } from './enums.js';
import { json, optionalText, text } from './fields.js';
import type { GenesisRecord } from './genesis-record.js';
import { newId } from './ids.js';

/** One limit on what an agent may do, and where it comes from. */
export interface Constraint extends WithUnknownFields {
  readonly id: string;
  readonly constraintType: ConstraintType;
  readonly value: JsonValue;
  readonly source: string;
  readonly priority?: number | null;
}

/** All limits in force for an agent, derived from its signed records. */
export interface ConstraintEnvelope extends WithUnknownFields {
  readonly id: string;
  readonly agentId: string;
  readonly constraintHash?: string | null;
  readonly activeConstraints: readonly Constraint[];
}

export const constraintCodec = new RecordCodec<Constraint>('constraint', {
  id: text,
  constraintType: z.enum(CONSTRAINT_TYPES),
  value: json,
  source: text,
  priority: z.number().nullish(),
});

export const constraintEnvelopeCodec = new RecordCodec<ConstraintEnvelope>('constraint envelope', {
  id: text,
  agentId: text,
  constraintHash: optionalText,
  activeConstraints: [constraintCodec],
});

/** The hash of an envelope's constraints, `''` when there are none. Always recomputed, never read. */
export function constraintHash(envelope: ConstraintEnvelope | null | undefined): string {
  if (!envelope || envelope.activeConstraints.length === 0) return '';
  const constraints = [...envelope.activeConstraints]
    .sort((a, b) => compareCodePoints(a.id, b.id))
    .map(({ id, constraintType, value }) => ({ id, type: constraintType, value: pythonStr(value) }));
  return sha256Hex(canonicalJson({ constraints }));
}

export function computeEnvelope(
  genesis: GenesisRecord,
  capabilities: readonly CapabilityAttestation[],
  delegations: readonly DelegationRecord[],
  previous?: ConstraintEnvelope | null,
): ConstraintEnvelope {
  // A demand for reasoning stands in the envelope only; computing it anew must not drop it.
  const demands = previous?.activeConstraints.filter((c) => c.constraintType === 'reasoning_required') ?? [];
  const activeConstraints: Constraint[] = [...demands];
  const add = (constraintType: ConstraintType, source: string, values: readonly JsonValue[]): void => {
    for (const value of values)
      activeConstraints.push({ id: newId('con'), constraintType, value, source, priority: 0 });
  };
  add('financial', 'genesis', genesisConstraints(genesis));
  for (const capability of capabilities)
    add('operational', `capability:${capability.id}`, capability.constraints);
  for (const delegation of delegations)
    add('data_access', `delegation:${delegation.id}`, delegation.constraintSubset);
  const envelope = { id: newId('env'), agentId: genesis.agentId, activeConstraints };
  return { ...envelope, constraintHash: constraintHash(envelope) };
}

/** The constraints in a genesis record's signed metadata (`metadata.constraints`). */
export function genesisConstraints(genesis: GenesisRecord): readonly JsonValue[] {
  const constraints = genesis.metadata?.constraints;
  if (constraints === undefined || constraints === null) return [];
  return Array.isArray(constraints) ? constraints : [constraints as JsonValue];
}
