import type { WithUnknownFields } from '../wire/index.js';
import type { CapabilityAttestation } from './capability-attestation.js';
import type { ConstraintEnvelope } from './constraint-envelope.js';
import type { DelegationRecord } from './delegation-record.js';
import type { GenesisRecord } from './genesis-record.js';

/** The records of a chain, as they are stored. */
export interface ChainRecords extends WithUnknownFields {
  /** The record by which an authority established the agent. */
  readonly genesis: GenesisRecord;
  /** The capabilities that authorities attested to the agent. */
  readonly capabilities: readonly CapabilityAttestation[];
  /** The lasting delegations to the agent. Delegations of runs and tasks are in the ledger. */
  readonly delegations: readonly DelegationRecord[];
  /** The limits that are in force for the agent; null or absent if the chain has no envelope. */
  readonly constraintEnvelope?: ConstraintEnvelope | null;
  /** The reference's chain hash, as stored. It is computed again when the chain is written. */
  readonly chainHash?: string | null;
  /** Base64 of the signature of the chain's state: the ids of its records and the hash of its constraints. */
  readonly chainStateSignature?: string | null;
}
