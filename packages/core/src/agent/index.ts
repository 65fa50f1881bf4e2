export type {
  AgentFunction,
  AgentLike,
  AgentSource,
  InvocationContext,
  ToolFunction,
  TrustedTool,
} from './agent-like.js';
export { currentInvocation } from './invocation-scope.js';
export { redactText } from './redaction.js';
export { type RunOptions, TrustedAgent, type TrustedAgentOptions } from './trusted-agent.js';
export { SUPERVISOR_METHODS, type Subtask, TrustedSupervisorAgent } from './trusted-supervisor-agent.js';
