import * as z from 'zod';
import { handleField, idField, parseOptions } from '../../wire/index.js';
import type { CheckpointSink } from './checkpoint-sink.js';

/** How a checkpoint is made. */
export interface CheckpointRequest {
  /** The authority that signs it; its key must be in the key manager. Default: the recorder of the deployment. */
  readonly authorityId?: string;
  /**
   * The name of the log, for the first checkpoint of a store: without white space and `+`, and not used for another store.
   * Later checkpoints keep it. Default: a new one from the id of the authority.
   */
  readonly origin?: string;
  /**
   * Where the checkpoint is kept, in this order: witnesses and timestamps first, since the sinks after them keep what they
   * add. Each gets the checkpoint, even if one before it fails; then `checkpoint()` throws its error, or
   * `CHECKPOINT_NOT_KEPT` with all of them. Default: nowhere, so that the caller keeps what `checkpoint()` returns.
   */
  readonly sinks?: readonly CheckpointSink[];
}

/** The schema of {@link CheckpointRequest}. */
export const checkpointRequest = z.strictObject({
  authorityId: idField.optional(),
  origin: z.string().optional(),
  sinks: z.array(handleField<CheckpointSink>('a CheckpointSink', 'write')).optional(),
});

/** @throws InvalidArgumentError. */
export const parseCheckpointRequest = (given: CheckpointRequest) =>
  parseOptions(checkpointRequest, given, 'checkpoint()');
