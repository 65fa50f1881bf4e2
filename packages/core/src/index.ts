/// <reference types="node" preserve="true" />
// The root: what applications use.
import './errors/supported-node.js';

export {
  type AgentDelegation,
  type AgentFunction,
  type AgentLike,
  type AgentSource,
  type RunOptions,
  type Subtask,
  type ToolFunction,
  TrustedAgent,
  type TrustedAgentOptions,
  TrustedSupervisorAgent,
  type TrustedTool,
} from './agent/index.js';
export type {
  ActionResult,
  AuditAnchor,
  Authority,
  AuthorityPermission,
  DelegationRecord,
  HumanOrigin,
  VerificationLevel,
} from './chain/index.js';
export {
  type AgentDefinition,
  type DeploymentOptions,
  type DeploymentRuntimeOptions,
  type OpenDeployment,
  openDeployment,
} from './deployment/index.js';
export {
  type Denial,
  type DenialCode,
  EatpError,
  type ErrorCode,
  type FailedRun,
  isEatpError,
} from './errors/index.js';
export type {
  AgentCallOptions,
  ContextDelegation,
  InvocationContext,
  NamedAgent,
  ToolCallOptions,
} from './invocation/index.js';
export type { OptionsOf, PatternName, ResultOf } from './pattern/index.js';
export { receiptOf } from './receipt/receipt-of.js';
export {
  type AgentsByName,
  type ExecuteOptions,
  type OrchestrationResult,
  OrchestrationRuntime,
  type OrchestrationRuntimeOptions,
  type RunEvent,
  type RunEventContent,
  type RunHandle,
  type RuntimeLimits,
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from './runtime/index.js';
export {
  FileKeyManager,
  generateKeyPair,
  InMemoryKeyManager,
  type KeyListEntry,
  type KeyManager,
  type KeyPair,
} from './signing/index.js';
export { MemoryTrustStore, type MemoryTrustStoreOptions } from './store/index.js';
export {
  type AuditRequest,
  type CapabilityRequest,
  type DelegateRequest,
  type EndTaskRequest,
  type EnterpriseAuthorityRequest,
  type ErasureReport,
  type EstablishRequest,
  type ExportOptions,
  type ImportOptions,
  type InvocationProof,
  type ProofTarget,
  type ReattestRequest,
  type RevocationReport,
  type RevokeRequest,
  type Root,
  SHARED_TRAIL,
  type TrailVerification,
  TrustOperations,
  type TrustOperationsOptions,
  type VerificationHooks,
  type VerificationRequest,
  type VerificationResult,
} from './trust/index.js';
export { Opaque, opaque, type ValueLimits } from './values/index.js';
export { type Clock, systemClock } from './wire/index.js';
export {
  type AgentConnection,
  TrustAwareWorkflow,
  TrustAwareWorkflowBuilder,
  type TrustAwareWorkflowBuilderOptions,
  type WorkflowExecuteOptions,
} from './workflow/index.js';
