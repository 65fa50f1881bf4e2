/// <reference types="node" preserve="true" />
// Checkpoints of a store: where they are kept, and how they are checked without it.
import './errors/supported-node.js';

export type {
  CheckpointFinding,
  CheckpointFindingCode,
  CheckpointRecord,
  GivenCheckpoint,
} from './store/index.js';
export {
  type CheckpointChange,
  type CheckpointContent,
  type CheckpointRequest,
  type CheckpointSchedule,
  type CheckpointSignature,
  type CheckpointSink,
  type CheckpointVerification,
  type CheckpointVerificationOptions,
  checkpointText,
  createWitness,
  fileSink,
  joinRecords,
  type MadeCheckpoint,
  type NoteKey,
  type NoteSignature,
  readCheckpoint,
  readCheckpointFile,
  readRecord,
  readVerifierKey,
  recordText,
  type SignedNote,
  type TrailVerificationOptions,
  type ValidSignature,
  validSignatures,
  verifierKey,
  type Witness,
  type WitnessAnswer,
  type WitnessOptions,
  type WitnessSinkOptions,
  witnessServer,
  witnessSink,
} from './trust/index.js';
