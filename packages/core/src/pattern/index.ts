export type { Approval, ApprovalAnswer, ApprovalRequest } from '../invocation/approval-request.js';
export { definePattern, type PatternDefinition, PLUGIN_API_VERSION } from './definition.js';
export type { OptionsOf, PatternName, PatternOptions, PatternResults, ResultOf } from './names.js';
export {
  type AgentHandle,
  type DelegateOptions,
  type DelegationGrant,
  type InvokeOptions,
  type PatternExecution,
  PatternExecutor,
  type PatternVerifyOptions,
  type ShareOptions,
} from './pattern.js';
export type { PatternPlugin } from './registry.js';
