import { MalformedRecordError } from '../errors/index.js';
import {
  canonicalJson,
  deepFreeze,
  type JsonObject,
  RecordCodec,
  sha256Hex,
  sortByCodePoint,
} from '../wire/index.js';
import { type CapabilityAttestation, capabilityCodec } from './capability-attestation.js';
import { chainDict } from './chain-dict.js';
import type { ChainRecords } from './chain-records.js';
import { type ConstraintEnvelope, constraintEnvelopeCodec, constraintHash } from './constraint-envelope.js';
import { type DelegationRecord, delegationCodec } from './delegation-record.js';
import { optionalText } from './fields.js';
import { type GenesisRecord, genesisCodec } from './genesis-record.js';
import { quorumProblem } from './structured-delegation.js';

const chainCodec = new RecordCodec<ChainRecords>('trust lineage chain', {
  genesis: genesisCodec,
  capabilities: [capabilityCodec],
  delegations: [delegationCodec],
  constraintEnvelope: constraintEnvelopeCodec.optional(),
  chainHash: optionalText,
  chainStateSignature: optionalText,
});

/**
 * An agent's signed chain: who authorised it, what it may do, what was lastingly delegated to it, within what limits.
 * Immutable: a change makes a new chain.
 */
export class TrustLineageChain implements ChainRecords {
  /** The record by which an authority established the agent. */
  readonly genesis: GenesisRecord;
  /** The capabilities that authorities attested to the agent. */
  readonly capabilities: readonly CapabilityAttestation[];
  /** The lasting delegations to the agent. Delegations of runs and tasks are in the ledger. */
  readonly delegations: readonly DelegationRecord[];
  /** The limits that are in force for the agent; null if the chain has no envelope. */
  readonly constraintEnvelope: ConstraintEnvelope | null;
  /** Base64 of the signature of the chain's state: the ids of its records and the hash of its constraints. */
  readonly chainStateSignature: string | null;
  /** Fields that this version does not know. They are kept and written back. */
  readonly unknownFields?: JsonObject;

  constructor(records: ChainRecords) {
    this.genesis = records.genesis;
    this.capabilities = records.capabilities;
    this.delegations = records.delegations;
    this.constraintEnvelope = records.constraintEnvelope ?? null;
    this.chainStateSignature = records.chainStateSignature ?? null;
    if (records.unknownFields) this.unknownFields = records.unknownFields;
    deepFreeze(this);
  }

  /**
   * Reads the JSON text of a stored chain.
   *
   * @throws MalformedRecordError `MALFORMED_JSON` or `MALFORMED_RECORD`.
   */
  static parse(text: string): TrustLineageChain {
    const records = chainCodec.decodeText(text);
    for (const delegation of records.delegations) {
      const problem = quorumProblem(delegation);
      if (problem) {
        throw new MalformedRecordError('MALFORMED_RECORD', 'The record is not a valid trust lineage chain', {
          received: problem,
          remedy: 'Restore the chain from a backup.',
        });
      }
    }
    return new TrustLineageChain(records);
  }

  /** The agent whose chain this is. */
  get agentId(): string {
    return this.genesis.agentId;
  }

  /** The text that stores hold, in the reference's shape; fields that this version does not know are kept. */
  toText(): string {
    return chainCodec.encodeText({ ...this, chainHash: this.hash() });
  }

  /** The reference's chain hash: SHA-256 of the ids of its records and the stored constraint hash. */
  hash(): string {
    return sha256Hex(canonicalJson(this.state(this.storedConstraintHash)));
  }

  /** The value that an audit anchor refers to: SHA-256 of the whole chain without the records' signatures. */
  trustChainHash(): string {
    return sha256Hex(
      canonicalJson(chainDict(this, { constraintHash: this.storedConstraintHash, chainHash: this.hash() })),
    );
  }

  /** The string that the chain-state signature covers. The constraint hash is computed again from the constraints. */
  statePreimage(): JsonObject {
    return this.state(constraintHash(this.constraintEnvelope));
  }

  /** The constraint hash as stored, or computed if it is absent. */
  get storedConstraintHash(): string {
    return this.constraintEnvelope?.constraintHash || constraintHash(this.constraintEnvelope);
  }

  private state(hash: string): JsonObject {
    return {
      genesis_id: this.genesis.id,
      capability_ids: sortByCodePoint(this.capabilities.map((c) => c.id)),
      delegation_ids: sortByCodePoint(this.delegations.map((d) => d.id)),
      constraint_hash: hash,
    };
  }
}
