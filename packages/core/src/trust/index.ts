export type { AuditRequest } from './audit/audit.js';
export type { RecoveryOptions } from './audit/recover.js';
export { SHARED_TRAIL } from './audit/shared-trail.js';
export type { TrailProblem, TrailVerification } from './audit/verify-trail.js';
export { examineRecords, storeFinding } from './doctor/examine-records.js';
export type { InvocationProof } from './exchange/invocation-proof.js';
export type { EnterpriseAuthorityRequest } from './issue/authorities.js';
export type { DelegateRequest } from './issue/delegate.js';
export type { CapabilityRequest, EstablishRequest } from './issue/establish.js';
export type { ReattestRequest } from './issue/reattest.js';
export type { RevocationReport, RevokeRequest } from './issue/revoke.js';
export { TrustOperations, type TrustOperationsOptions } from './trust-operations.js';
export {
  capabilityCovers,
  EXECUTE,
  PARTICIPATION,
  PROTOCOL_CAPABILITIES,
} from './verify/capability-match.js';
export type { Denial, DenialCode } from './verify/denial.js';
export type { VerificationHooks, VerificationRequest, VerificationResult } from './verify/types.js';
