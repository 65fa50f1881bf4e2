/// <reference types="node" preserve="true" />
// For authors of patterns, constraint evaluators, observers, key managers and signers.
import './errors/supported-node.js';

export { SUPERVISOR_METHODS } from './agent/index.js';
export {
  builtinConstraintEvaluators,
  ConstraintEvaluator,
  type ConstraintFacts,
  ConstraintRegistry,
  type ConstraintReport,
  type ConstraintRequest,
  type ConstraintVerdict,
  type ConstraintViolation,
  type DelegationFacts,
  defineConstraint,
  type Effects,
  forbidden,
  type LabelProblem,
  type ParameterisedConstraint,
  PERMITTED,
  type PlainConstraint,
} from './constraints/index.js';
export { ConstraintEvaluatorPlugin, Pattern, type PluginDefinition } from './container/decorators.js';
export type {
  ApprovalTerms,
  Budget,
  InvocationObserver,
  ObservedCall,
  ObservedEnd,
  ObservedInvocation,
  ObservedNext,
  ObservedTool,
  ReportedUsage,
  TraceParent,
} from './invocation/index.js';
export {
  type AgentHandle,
  type Approval,
  type ApprovalAnswer,
  type ApprovalRequest,
  type DelegateOptions,
  type DelegationGrant,
  definePattern,
  type InvokeOptions,
  type PatternDefinition,
  type PatternExecution,
  PatternExecutor,
  type PatternOptions,
  type PatternPlugin,
  type PatternResults,
  type PatternVerifyOptions,
  PLUGIN_API_VERSION,
  type ShareOptions,
} from './pattern/index.js';
export type { ObservedRun, ObservedRunEnd, RunObserver } from './runtime/index.js';
export { redactText } from './secrets/redaction.js';
export type {
  Ed25519Signer,
  KeyExportOptions,
  KeyImportOptions,
  KeyManagerOptions,
} from './signing/index.js';
export {
  type BelievedAuthority,
  capabilityCovers,
  type EndorsementRequest,
  EXECUTE,
  PARTICIPATION,
  PROTOCOL_CAPABILITIES,
  type RedactHook,
  type ReinstateRequest,
  type RevokedKey,
  type RevokeKeyRequest,
  type RotateKeyRequest,
  type RotationReport,
  type TrailProblem,
  type TrailProblemCode,
  type TrailState,
} from './trust/index.js';
export {
  parseOptions,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
  timeOf,
} from './wire/index.js';
export { notify } from './wire/notify.js';
