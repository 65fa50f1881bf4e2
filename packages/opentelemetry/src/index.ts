export { CONVENTIONS_REVISION, EATP, EVENT, GEN_AI, METRIC, OPERATION, SCOPE } from './conventions.js';
export { type ObservedBridge, observeBridge } from './observe-bridge.js';
export { openTelemetry } from './open-telemetry.js';
export type { OpenTelemetryOptions } from './options.js';
