export { currentInvocation } from '../invocation/scope.js';
export { redactText } from '../wire/redaction.js';
export type {
  AgentFunction,
  AgentLike,
  AgentSource,
  InvocationContext,
  ToolFunction,
  TrustedTool,
} from './agent-like.js';
export { type RunOptions, TrustedAgent, type TrustedAgentOptions } from './trusted-agent.js';
export { SUPERVISOR_METHODS, type Subtask, TrustedSupervisorAgent } from './trusted-supervisor-agent.js';
