export { definePattern, type PatternDefinition, PLUGIN_API_VERSION } from '../pattern/definition.js';
export type { OptionsOf, PatternName, PatternOptions } from '../pattern/names.js';
export {
  type AgentHandle,
  type DelegateOptions,
  type DelegationGrant,
  type InvokeOptions,
  type PatternExecution,
  PatternExecutor,
  type ShareOptions,
} from '../pattern/pattern.js';
export type { PatternPlugin } from '../pattern/registry.js';
export type { ExecuteOptions, RuntimeLimits } from './execute-options.js';
export type { OrchestrationResult } from './orchestration-result.js';
export {
  OrchestrationRuntime,
  type OrchestrationRuntimeOptions,
  type RunHandle,
} from './orchestration-runtime.js';
export type { RunEvent, RunEventContent } from './run-events.js';
export {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from './trust-aware-orchestration-runtime.js';
export { TrustExecutionContext } from './trust-execution-context.js';
