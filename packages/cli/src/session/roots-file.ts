import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { replaceFile } from './settings-file.js';

const NAME = 'roots.json';

/** Public keys by authority id: the authorities that this deployment believes, whatever its store says. */
export type Roots = Readonly<Record<string, string>>;

/** Returns the path of the file of pinned authorities. */
export const rootsPath = (keys: string): string => join(keys, NAME);

/** Reads the pinned authorities of a deployment; none if there is no file. @throws MalformedRecordError. */
export function readRoots(keys: string): Roots {
  let text: string;
  try {
    text = readFileSync(rootsPath(keys), 'utf8');
  } catch {
    return {};
  }
  return parseRoots(text, rootsPath(keys));
}

/** Reads public keys by authority id. @throws MalformedRecordError. */
export function parseRoots(text: string, path: string): Roots {
  try {
    const roots: unknown = JSON.parse(text);
    if (typeof roots === 'object' && roots !== null && !Array.isArray(roots)) {
      if (Object.values(roots).every((key) => typeof key === 'string')) return roots as Roots;
    }
  } catch {
    // The error below says what is expected.
  }
  throw new MalformedRecordError('MALFORMED_RECORD', `The file ${path} does not list authorities`, {
    expected: 'a JSON object of public keys by authority id',
    remedy: 'Restore the file, or write it again: { "org-acme": "base64 of the public key" }',
  });
}

/** Adds an authority to the pinned ones, or with undefined removes it. The file is replaced as a whole. */
export function pinRoot(keys: string, authorityId: string, publicKey: string | undefined): void {
  const { [authorityId]: _, ...others } = readRoots(keys);
  const roots = publicKey === undefined ? others : { ...others, [authorityId]: publicKey };
  replaceFile(keys, rootsPath(keys), roots);
}
