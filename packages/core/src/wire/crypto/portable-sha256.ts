import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Returns the SHA-256 of a string's UTF-8 bytes in lower-case hex, by @noble/hashes. Runs everywhere. */
export const portableSha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));
