export type { OpenApproval } from './approvals/answer.js';
export { type ApproverRequest, establishApprover } from './approvals/establish-approver.js';
export { type ApprovalDecision, type SignedApproval, signApproval } from './approvals/sign-approval.js';
export {
  type CancelOptions,
  DurableRun,
  type DurableRunEvent,
  type DurableRunStatus,
} from './durable/durable-run.js';
export type {
  EngineWork,
  EngineWorker,
  RunEngine,
  RunJob,
  RunJobEnd,
} from './durable/run-engine.js';
export { StoreEngine } from './durable/store-engine.js';
export type { SubmitOptions } from './durable/submit-options.js';
export { type RunWorker, type WorkerOptions, worker } from './durable/worker.js';
export type { ExecuteOptions } from './execute-options.js';
export type { RuntimeLimits } from './limits.js';
export type { OrchestrationResult } from './orchestration-result.js';
export {
  OrchestrationRuntime,
  type OrchestrationRuntimeOptions,
  type RunHandle,
} from './orchestration-runtime.js';
export type { AgentsByName } from './parse-agents.js';
export type { RunEvent, RunEventContent } from './run-events.js';
export type { ObservedRun, ObservedRunEnd, RunObserver } from './run-observer.js';
export {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from './trust-aware-orchestration-runtime.js';
