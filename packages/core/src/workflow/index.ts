export type { AgentConnection } from './agent-connection.js';
export { TrustAwareWorkflow, type WorkflowExecuteOptions } from './trust-aware-workflow.js';
export {
  TrustAwareWorkflowBuilder,
  type TrustAwareWorkflowBuilderOptions,
} from './trust-aware-workflow-builder.js';
