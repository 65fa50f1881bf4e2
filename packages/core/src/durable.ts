/// <reference types="node" preserve="true" />
// Durable runs: workers, the runs that they serve, and what an engine must do.
import './errors/supported-node.js';

export {
  type ApprovalDecision,
  type ApproverRequest,
  type CancelOptions,
  DurableRun,
  type DurableRunEvent,
  type DurableRunStatus,
  type EngineWork,
  type EngineWorker,
  establishApprover,
  type OpenApproval,
  type RunEngine,
  type RunJob,
  type RunJobEnd,
  type RunWorker,
  type SignedApproval,
  StoreEngine,
  type SubmitOptions,
  signApproval,
  type WorkerOptions,
  worker,
} from './runtime/index.js';
