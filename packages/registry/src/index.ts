export type {
  FindOptions,
  HeartbeatOptions,
  RegisterOptions,
  TrustAwareAgentRegistryOptions,
} from './options.js';
export type { AgentHealth, AgentHealthReport } from './registered-agent.js';
export type { RegistryEvent, RegistryEventType } from './registry-events.js';
export { SELECTIONS, type Selection } from './selection.js';
export { TrustAwareAgentRegistry } from './trust-aware-agent-registry.js';
export type { TrustStatus } from './trust-status.js';
