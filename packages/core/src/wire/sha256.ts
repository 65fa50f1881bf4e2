export { sha256Hex } from '#crypto';
export { portableSha256Hex } from './crypto/portable-sha256.js';
