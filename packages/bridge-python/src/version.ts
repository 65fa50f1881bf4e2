import { readFileSync } from 'node:fs';

/** The version of this package. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** The release that this package belongs to. The Python package `kaizen-eatp-bridge` of the same release has this number. */
export const RELEASE = '0.1';
