export type {
  AgentCallOptions,
  ContextDelegation,
  InvocationContext,
  NamedAgent,
  ToolCallOptions,
} from './context.js';
export type {
  InvocationObserver,
  ObservedCall,
  ObservedEnd,
  ObservedInvocation,
  ObservedNext,
  ObservedTool,
} from './observers.js';
export type { TraceParent } from './trace-parent.js';
