export type {
  AgentCallOptions,
  ContextDelegation,
  InvocationContext,
  NamedAgent,
  ToolCallOptions,
} from './context.js';
