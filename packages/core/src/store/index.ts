export * from './checked-store.js';
export * from './link-hash.js';
export * from './memory-trust-store.js';
export * from './store-write.js';
export * from './stored-records.js';
export * from './trust-store.js';
