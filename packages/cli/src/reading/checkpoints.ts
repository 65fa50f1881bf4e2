import { type GivenCheckpoint, readCheckpointFile } from '@kaizen-eatp/core/checkpoints';
import { CheckpointError } from '@kaizen-eatp/core/errors';
import { readText } from '../commands/authority.js';

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
  throw CheckpointError.malformed('a whole line for each checkpoint', text);
}
