export { AllAgentsFailedError } from './all-agents-failed-error.js';
export { allPatterns } from './all-patterns.js';
export { type BlackboardOptions, type BlackboardResult, blackboard } from './blackboard.js';
export type { BlackboardState, Contribution } from './blackboard-state.js';
export { type ConsensusOptions, type ConsensusResult, consensus } from './consensus.js';
export { type DebateOptions, type DebateResult, type DebateRound, debate } from './debate.js';
export { type EnsembleOptions, ensemble } from './ensemble.js';
export type { Failure } from './failure.js';
export { type HandoffOptions, type HandoffResult, type HandoffStep, handoff } from './handoff.js';
export {
  type BranchResult,
  type CollectedResults,
  type ParallelOptions,
  type ParallelResults,
  parallel,
} from './parallel.js';
export * from './roles/index.js';
export { type RouterOptions, router } from './router.js';
export { type SequentialOptions, sequential } from './sequential.js';
export { type SupervisorWorkerOptions, supervisorWorker } from './supervisor-worker.js';
export type { Tally } from './tally.js';
