import * as z from 'zod';
import type { GivenCheckpoint } from '../../store/index.js';
import { parseOptions } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { readCheckpoint } from './checkpoint-note.js';
import { givenRecord } from './checkpoint-record.js';
import { givenNoteKey, type NoteKey, noteKeyField } from './signed-note.js';

/** How a store is compared with a checkpoint. */
export interface CheckpointVerificationOptions {
  /**
   * Keys of witnesses, and of authorities that this process does not believe: as objects, or in the form of tools for signed
   * notes, `<name>+<hash>+<key>`. Default: none.
   */
  readonly keys?: readonly (NoteKey | string)[];
}

/** The schema of {@link CheckpointVerificationOptions}. */
export const checkpointVerificationOptions = z.strictObject({
  keys: z.array(noteKeyField).optional(),
});

/** @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED` for a key. */
export function parseNoteKeys(given: CheckpointVerificationOptions, what: string): NoteKey[] {
  const { keys = [] } = parseOptions(checkpointVerificationOptions, given, what);
  return keys.map(givenNoteKey);
}

/** The keys whose signatures on a checkpoint are looked for: given ones, and all of the authorities that are believed. */
export async function noteKeysOf(
  deployment: Deployment,
  given: GivenCheckpoint,
  keys: readonly NoteKey[],
): Promise<NoteKey[]> {
  await deployment.statements.refresh();
  const { origin: name } = readCheckpoint(givenRecord(given).note);
  const own = new Set<string>();
  for (const { publicKey, earlierKeys, revokedKeys } of deployment.statements.state.authorities)
    for (const key of [publicKey, ...earlierKeys, ...revokedKeys.keys()]) own.add(key);
  return [...keys, ...[...own].map((publicKey) => ({ name, publicKey }))];
}
