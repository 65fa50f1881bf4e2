import type { CheckpointRecord } from '../../store/index.js';

/** A place outside the store where checkpoints are kept. */
export interface CheckpointSink {
  /**
   * Keeps a checkpoint. Resolves once it is kept for good.
   *
   * @param record - the checkpoint, with the leaves since the one that `size()` names, or since the last one.
   * @param proofFrom - returns the hashes, base64, that show that the log of an earlier size is the beginning of this one. It
   * throws InvalidArgumentError for a size that the log never had.
   * @returns the record with what the sink added to it, for the sinks after it, for instance a cosignature or a timestamp;
   * undefined if it added nothing. Signatures and timestamps that the record had must stay, in their order.
   * @throws CheckpointError `CHECKPOINT_INCONSISTENT` if it does not continue the last one that was kept.
   */
  write(
    record: CheckpointRecord,
    proofFrom: (size: number) => readonly string[],
  ): Promise<CheckpointRecord | undefined>;

  /**
   * How many leaves the sink has already, so that it is given all others. Default: those of the checkpoint before are all
   * that it lacks.
   */
  size?(): Promise<number>;
}
