export type { ApprovalTerms } from './approval-request.js';
export type { Budget, ReportedUsage } from './budget-terms.js';
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
