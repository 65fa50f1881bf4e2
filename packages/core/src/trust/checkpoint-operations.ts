import type { GivenCheckpoint } from '../store/index.js';
import { AuthorityOperations } from './authority-operations.js';
import type { CheckpointRequest } from './checkpoint/checkpoint-request.js';
import { createCheckpoint, type MadeCheckpoint } from './checkpoint/create-checkpoint.js';
import { type CheckpointVerificationOptions, noteKeysOf, parseNoteKeys } from './checkpoint/note-keys.js';
import { type CheckpointSchedule, scheduleCheckpoints } from './checkpoint/schedule.js';
import { type CheckpointVerification, compareWithCheckpoint } from './checkpoint/verify-checkpoint.js';
import { deploymentOf } from './deployment-of.js';

/** The operations of {@link TrustOperations} that concern checkpoints. */
export abstract class CheckpointOperations extends AuthorityOperations {
  /**
   * Makes a checkpoint: adds what changed in the store to its log of checkpoints, and signs the root of the log's Merkle
   * tree. A holder of the checkpoint can see later which records were cut off, removed, changed or put back.
   *
   * @throws AuthorityError `RECORDER_REQUIRED`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_NOT_TRUSTED`; KeyError `KEY_NOT_FOUND`;
   * CheckpointError `CHECKPOINT_LOG_DAMAGED`, `CHECKPOINT_MALFORMED` if a sink returns another
   * checkpoint, `CHECKPOINT_INCONSISTENT` from a sink, and `CHECKPOINT_NOT_KEPT` if several sinks fail; InvalidArgumentError,
   * StoreError.
   */
  async checkpoint(request: CheckpointRequest = {}): Promise<MadeCheckpoint> {
    return createCheckpoint(deploymentOf(this), request);
  }

  /**
   * Makes checkpoints at an interval, the first one at once. The timer does not keep the process alive.
   *
   * @returns a function that ends it, and resolves once no checkpoint is being made.
   * @throws InvalidArgumentError.
   */
  scheduleCheckpoints(schedule: CheckpointSchedule = {}): () => Promise<void> {
    return scheduleCheckpoints(deploymentOf(this), schedule);
  }

  /**
   * Compares the store with a checkpoint: reports every trail that lost or changed entries, every chain, authority,
   * delegation, revocation or disclosure that is gone or another one without a signed reason, statements that are missing, and
   * an older copy of the whole store.
   *
   * @param checkpoint - its note, or a record as `checkpoint()` and `readCheckpointFile()` return it.
   * @throws CheckpointError `CHECKPOINT_MALFORMED`, InvalidArgumentError, StoreError.
   */
  async verifyCheckpoint(
    checkpoint: GivenCheckpoint,
    options: CheckpointVerificationOptions = {},
  ): Promise<CheckpointVerification> {
    const deployment = deploymentOf(this);
    const keys = await noteKeysOf(deployment, checkpoint, parseNoteKeys(options, 'verifyCheckpoint()'));
    return compareWithCheckpoint(deployment.store, checkpoint, keys);
  }
}
