export type { TemporalEngineOptions, TemporalTls } from './options.js';
export { TemporalEngine } from './temporal-engine.js';
