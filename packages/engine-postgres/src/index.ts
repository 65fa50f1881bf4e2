export type { PostgresEngineOptions } from './options.js';
export { PostgresEngine } from './postgres-engine.js';
