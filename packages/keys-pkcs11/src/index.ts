export type { Pkcs11KeyManagerOptions } from './options.js';
export { Pkcs11KeyManager } from './pkcs11-key-manager.js';
