import { type GivenCheckpoint, readCheckpointFile } from '@kaizen-eatp/core/checkpoints';
import { readText } from '../commands/authority.js';
import { CliError } from '../errors.js';

/**
 * Reads a checkpoint: the last one of a file that grows with each, or a note alone.
 *
 * @throws CliError `FILE_NOT_FOUND`, `FILE_NOT_USABLE`; CheckpointError `CHECKPOINT_MALFORMED`, `CHECKPOINT_INCONSISTENT`.
 */
export function readCheckpointAt(path: string): GivenCheckpoint {
  const text = readText(path);
  if (path === '-' || !text.startsWith('{')) return text;
  const found = readCheckpointFile(path);
  if (found) return found;
  throw new CliError('FILE_NOT_USABLE', `The file ${path} has no checkpoint`, {
    remedy: 'Make one: kaizen-eatp checkpoint create --file FILE',
  });
}
