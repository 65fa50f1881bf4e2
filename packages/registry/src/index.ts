export type { RegisterOptions } from './check-options.js';
export type { AgentHealth, AgentHealthReport } from './registered-agent.js';
export type { RegistryEvent, RegistryEventType } from './registry-events.js';
export { SELECTIONS, type Selection } from './selection.js';
export {
  type FindOptions,
  type HeartbeatOptions,
  TrustAwareAgentRegistry,
  type TrustAwareAgentRegistryOptions,
} from './trust-aware-agent-registry.js';
export type { TrustStatus } from './trust-status.js';
