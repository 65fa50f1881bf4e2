/// <reference types="node" preserve="true" />
// Durable runs: workers, the runs that they serve, and what an engine must do.
import './errors/supported-node.js';

export {
  type CancelOptions,
  DurableRun,
  type DurableRunEvent,
  type DurableRunStatus,
  type EngineWork,
  type EngineWorker,
  type RunEngine,
  type RunJob,
  type RunJobEnd,
  type RunWorker,
  StoreEngine,
  type SubmitOptions,
  type WorkerOptions,
  worker,
} from './runtime/index.js';
