export type { PostgresTrustStoreOptions } from './options.js';
export { PostgresTrustStore } from './postgres-trust-store.js';
export { SCHEMA_VERSION } from './schema/migrate.js';
