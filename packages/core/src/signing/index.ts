export * from './ed25519.js';
export * from './file-key-manager.js';
export { InMemoryKeyManager } from './in-memory-key-manager.js';
export type { KeyManager } from './key-manager.js';
