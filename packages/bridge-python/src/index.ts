export type { BridgeCounters, BridgeEvent } from './bridge-events.js';
export type { BridgeLogOptions, LogLevel } from './bridge-log.js';
export type { AgentDirectory, PythonAgentTerms, PythonBridgeOptions } from './bridge-options.js';
export type { TraceSource } from './calls/remote-agent.js';
export type { TraceContext } from './calls/trace-context.js';
export { BridgeError, PythonAgentError, WorkerFailedError } from './errors.js';
export type { EnrolmentGrant, EnrolmentRequest } from './login/enrolment-tokens.js';
export { PythonBridge } from './python-bridge.js';
export type { SpawnedAgent, SpawnPythonAgentsOptions } from './spawn/spawn-options.js';
export { type PythonAgents, spawnPythonAgents } from './spawn/spawn-python-agents.js';
export {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
} from './values/python-values.js';
export { ValueNotTransferableError } from './values/value-error.js';
export type { VerifyMode, WorkerInfo } from './worker-info.js';
