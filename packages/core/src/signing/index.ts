export * from './ed25519.js';
export { FileKeyManager, type KeyExportOptions, type KeyListEntry } from './file-key-manager.js';
export { InMemoryKeyManager } from './in-memory-key-manager.js';
export { keyNotFound } from './key-errors.js';
export type {
  Ed25519Signer,
  KeyImportOptions,
  KeyManager,
  KeyManagerOptions,
} from './key-manager.js';
export { noKeys } from './no-keys.js';
export { importPublicKey, verifySignature } from './public-key.js';
