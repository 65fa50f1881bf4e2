import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MalformedRecordError } from '@kaizen-eatp/core/errors';

/** The settings of a deployment that its store must not decide. */
export interface Settings {
  /** The authority that signs records which no agent's own authority can sign. */
  readonly recorder?: string;
}

const pathIn = (keys: string): string => join(keys, 'settings.json');

/** Reads the settings next to the keys; none if there is no file. @throws MalformedRecordError. */
export function readSettings(keys: string): Settings {
  let text: string;
  try {
    text = readFileSync(pathIn(keys), 'utf8');
  } catch {
    return {};
  }
  try {
    const { recorder } = JSON.parse(text) as { recorder?: unknown };
    if (recorder === undefined) return {};
    if (typeof recorder === 'string') return { recorder };
  } catch {
    // The error below says what is expected.
  }
  throw new MalformedRecordError('MALFORMED_RECORD', `The file ${pathIn(keys)} holds no settings`, {
    expected: '{ "recorder": "the id of an authority" }',
    remedy: 'Restore the file, or write it again.',
  });
}

/** Replaces the settings. */
export const writeSettings = (keys: string, settings: Settings): void =>
  replaceFile(keys, pathIn(keys), settings);

/** Replaces a JSON file in the folder of keys as a whole, with mode 600. */
export function replaceFile(keys: string, path: string, content: object): void {
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(aside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}
