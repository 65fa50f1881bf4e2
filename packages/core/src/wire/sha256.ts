import * as crypto from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Returns the SHA-256 of a string's UTF-8 bytes in lower-case hex, by @noble/hashes. Runs everywhere. */
export const portableSha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/**
 * Returns the SHA-256 of a string's UTF-8 bytes in lower-case hex. Uses Node's one-shot hash if the runtime has it,
 * which is eight times as fast for a string of a record's size, else the portable one. A test checks that both give the
 * same result.
 */
export const sha256Hex: (text: string) => string =
  typeof crypto.hash === 'function' ? (text) => crypto.hash('sha256', text, 'hex') : portableSha256Hex;
