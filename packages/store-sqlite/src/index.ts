export type { SqliteTrustStoreOptions } from './options.js';
export { SCHEMA_VERSION } from './schema/tables.js';
export { SqliteTrustStore } from './sqlite-trust-store.js';
