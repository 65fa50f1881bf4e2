export type { RedactHook } from '../secrets/redact-hook.js';
export { CHECKPOINT_TRAIL, isRunTrail, SHARED_TRAIL } from '../store/index.js';
export type { AuditRequest } from './audit/audit-request.js';
export type { TrailProblem, TrailProblemCode, TrailState } from './audit/trail-judge.js';
export type { TrailVerification, TrailVerificationOptions } from './audit/verify-trail.js';
export type { CheckpointContent } from './checkpoint/checkpoint-note.js';
export { checkpointText, readCheckpoint } from './checkpoint/checkpoint-note.js';
export {
  joinRecords,
  readRecord,
  recordText,
} from './checkpoint/checkpoint-record.js';
export type { CheckpointRequest } from './checkpoint/checkpoint-request.js';
export type { CheckpointSink } from './checkpoint/checkpoint-sink.js';
export type { MadeCheckpoint } from './checkpoint/create-checkpoint.js';
export { fileSink, readCheckpointFile } from './checkpoint/file-sink.js';
export type { CheckpointVerificationOptions } from './checkpoint/note-keys.js';
export type { CheckpointSchedule } from './checkpoint/schedule.js';
export { witnessServer } from './checkpoint/serve-witness.js';
export {
  type NoteKey,
  type NoteSignature,
  readVerifierKey,
  type SignedNote,
  type ValidSignature,
  validSignatures,
  verifierKey,
} from './checkpoint/signed-note.js';
export type { CheckpointChange } from './checkpoint/survey.js';
export { type TimestampSinkOptions, timestampSink } from './checkpoint/timestamp-sink.js';
export type {
  CheckpointSignature,
  CheckpointVerification,
} from './checkpoint/verify-checkpoint.js';
export {
  createWitness,
  type Witness,
  type WitnessAnswer,
  type WitnessOptions,
} from './checkpoint/witness.js';
export { type WitnessSinkOptions, witnessSink } from './checkpoint/witness-sink.js';
export { examineRecords, storeFinding } from './doctor/examine-records.js';
export type { ExportOptions, ImportOptions } from './exchange/exchange-options.js';
export type { InvocationProof, ProofTarget } from './exchange/invocation-proof.js';
export type { EnterpriseAuthorityRequest } from './issue/authority-request.js';
export type { DelegateRequest } from './issue/delegate-request.js';
export type { EndTaskRequest } from './issue/end-task.js';
export type { EndorsementRequest } from './issue/endorse.js';
export type { ErasureReport } from './issue/erase.js';
export type { CapabilityRequest, EstablishRequest } from './issue/establish-request.js';
export type {
  AcceptDelegationRequest,
  DeclineDelegationRequest,
  OfferFilter,
} from './issue/offer-request.js';
export type { ReattestRequest } from './issue/reattest-request.js';
export type { ReinstateRequest } from './issue/reinstate.js';
export type { RevocationReport } from './issue/revoke.js';
export type { RevokeRequest } from './issue/revoke-request.js';
export type { RotationReport } from './issue/rotate-key.js';
export type { RevokeKeyRequest, RotateKeyRequest } from './issue/rotate-key-request.js';
export type { BelievedAuthority, RevokedKey } from './statements/believed-authority.js';
export { TrustOperations } from './trust-operations.js';
export type { Root, TrustOperationsOptions } from './trust-options.js';
export {
  capabilityCovers,
  EXECUTE,
  PARTICIPATION,
  PROTOCOL_CAPABILITIES,
} from './verify/capability-match.js';
export type { Denial, DenialCode } from './verify/denial.js';
export type { VerificationHooks, VerificationRequest, VerificationResult } from './verify/types.js';
