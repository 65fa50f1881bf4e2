/**
 * A difference between a store and a checkpoint that no signed record explains: something was cut off, removed, changed or
 * put back since the checkpoint was made.
 *
 * `LOG_…`: the log of checkpoints itself is shorter than the checkpoint, or another one, as after an older copy of the whole
 * store was put back. `NOTE_UNSIGNED`: no known key signed the checkpoint.
 */
export type CheckpointFindingCode =
  | 'NOTE_UNSIGNED'
  | 'LOG_CUT'
  | 'LOG_CHANGED'
  | 'STATEMENTS_CUT'
  | 'STATEMENTS_CHANGED'
  | 'TRAIL_MISSING'
  | 'TRAIL_CUT'
  | 'TRAIL_CHANGED'
  | 'CHAIN_MISSING'
  | 'CHAIN_CHANGED'
  | 'CHAIN_REVIVED'
  | 'CHAIN_ENDED'
  | 'CHAIN_HISTORY_MISSING'
  | 'AUTHORITY_MISSING'
  | 'AUTHORITY_CHANGED'
  | 'DELEGATION_MISSING'
  | 'DELEGATION_CHANGED'
  | 'DELEGATION_REVIVED'
  | 'INTENT_MISSING'
  | 'INTENT_CHANGED'
  | 'REVOCATION_MISSING'
  | 'REVOCATION_CHANGED'
  | 'DISCLOSURE_MISSING'
  | 'DISCLOSURE_CHANGED';

/** A difference between a store and a checkpoint that no signed record explains. */
export interface CheckpointFinding {
  /** The kind of the difference. */
  readonly code: CheckpointFindingCode;
  /** The trail, agent, authority, delegation, invocation or digest concerned. */
  readonly subject: string;
  /** The difference, as a sentence. */
  readonly reason: string;
}
