import * as z from 'zod';
import {
  canonicalJson,
  compareCodePoints,
  isJsonObject,
  type JsonValue,
  jsonMember,
  pythonStr,
  RecordCodec,
  sha256Hex,
  type WithUnknownFields,
} from '../wire/index.js';
import type { CapabilityAttestation } from './capability-attestation.js';
import type { DelegationRecord } from './delegation-record.js';
import { CONSTRAINT_TYPES, type ConstraintType } from './enums.js';
import { json, optionalJson, optionalText, text } from './fields.js';
import type { GenesisRecord } from './genesis-record.js';
import { newId } from './ids.js';

/** One limit of an agent, with its source. */
export interface Constraint extends WithUnknownFields {
  /** The id: `con-` and a UUID for a constraint made here. */
  readonly id: string;
  /** The dimension that the constraint limits. */
  readonly constraintType: ConstraintType;
  /** The constraint itself, usually a label. The reference signs the result of Python's `str()` for any JSON value. */
  readonly value: JsonValue;
  /**
   * Where the constraint comes from, for people: `genesis`, `capability:<id>`, `delegation:<id>` or other. Unsigned.
   */
  readonly source: JsonValue;
  /** A number that has no effect. No signature covers it. */
  readonly priority?: JsonValue;
}

/** All limits in force for an agent, derived from its signed records. */
export interface ConstraintEnvelope extends WithUnknownFields {
  /** The id: `env-` and a UUID for an envelope made here. */
  readonly id: string;
  /** The agent whose limits these are. */
  readonly agentId: string;
  /** {@link constraintHash} of the envelope, as stored. */
  readonly constraintHash?: string | null;
  /** The limits in force. */
  readonly activeConstraints: readonly Constraint[];
}

/** Reads and writes constraints. */
export const constraintCodec = new RecordCodec<Constraint>('constraint', {
  id: text,
  constraintType: z.enum(CONSTRAINT_TYPES),
  value: json,
  source: json,
  priority: optionalJson,
});

/** Reads and writes constraint envelopes. */
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

/**
 * Computes an envelope from the records of a chain.
 *
 * @param kept - the constraints that only the previous envelope had; see `injectedConstraints`.
 */
export function computeEnvelope(
  genesis: GenesisRecord,
  capabilities: readonly CapabilityAttestation[],
  delegations: readonly DelegationRecord[],
  kept: readonly Constraint[] = [],
): ConstraintEnvelope {
  const activeConstraints: Constraint[] = [...kept];
  const add = (constraintType: ConstraintType, source: string, values: readonly JsonValue[]): void => {
    for (const value of values)
      activeConstraints.push({ id: newId('con'), constraintType, value, source, priority: 0 });
  };
  add('financial', 'genesis', genesisConstraints(genesis) ?? []);
  for (const capability of capabilities)
    add('operational', `capability:${capability.id}`, capability.constraints);
  for (const delegation of delegations)
    add('data_access', `delegation:${delegation.id}`, delegation.constraintSubset);
  const envelope = { id: newId('env'), agentId: genesis.agentId, activeConstraints };
  return { ...envelope, constraintHash: constraintHash(envelope) };
}

/**
 * Returns the constraints in a genesis record's signed metadata (`metadata.constraints`): the items of a list, the keys
 * of an object, a single string. The reference splits a single string into characters, which limit nothing; here the
 * string is one constraint.
 *
 * @returns undefined if the metadata or its constraints have another form. The reference fails on such a chain.
 * Unreadable limits must not be treated as no limits.
 */
export function genesisConstraints(genesis: GenesisRecord): readonly JsonValue[] | undefined {
  if (genesis.metadata === undefined) return [];
  if (!isJsonObject(genesis.metadata)) return undefined;
  const constraints = jsonMember(genesis.metadata, 'constraints');
  if (constraints === undefined || constraints === '') return [];
  if (typeof constraints === 'string') return [constraints];
  if (Array.isArray(constraints)) return constraints;
  return isJsonObject(constraints) ? Object.keys(constraints) : undefined;
}
