export type { AgentFunction, AgentLike, AgentSource } from './agent-like.js';
export type { AgentDelegation, RunOptions, TrustedAgentOptions } from './agent-options.js';
export type { ToolFunction, TrustedTool } from './tools.js';
export { TrustedAgent } from './trusted-agent.js';
export { SUPERVISOR_METHODS, type Subtask, TrustedSupervisorAgent } from './trusted-supervisor-agent.js';
