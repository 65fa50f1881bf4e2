import { sha256Hex } from '../../wire/index.js';

/** The hash that a trail's first entry follows. */
export const TRAIL_START = '0'.repeat(64);

/** Binds an entry to all before it: SHA-256 of the previous hash, a line feed and the anchor's text. */
export const linkHash = (previousHash: string, text: string): string => sha256Hex(`${previousHash}\n${text}`);
