import type { WithUnknownFields } from '../wire/index.js';
import type { CapabilityAttestation } from './capability-attestation.js';
import type { ConstraintEnvelope } from './constraint-envelope.js';
import type { DelegationRecord } from './delegation-record.js';
import type { GenesisRecord } from './genesis-record.js';

/** The records of a chain, as they are stored. */
export interface ChainRecords extends WithUnknownFields {
  readonly genesis: GenesisRecord;
  readonly capabilities: readonly CapabilityAttestation[];
  readonly delegations: readonly DelegationRecord[];
  readonly constraintEnvelope?: ConstraintEnvelope | null;
  readonly chainHash?: string | null;
  readonly chainStateSignature?: string | null;
}
