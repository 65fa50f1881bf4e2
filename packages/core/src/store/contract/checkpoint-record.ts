/** A checkpoint of a store, with the leaves that it added to the log. One line of JSON in the file of a sink. */
export interface CheckpointRecord {
  /** The signed note: C2SP `tlog-checkpoint`, with the signatures of the authority and of witnesses. */
  readonly note: string;
  /** The place of the first of `leaves` in the log, from 0. */
  readonly start: number;
  /** The leaves from `start` on, up to the end of the log: JSON strings without personal data. */
  readonly leaves: readonly string[];
  /** Timestamp responses of RFC 3161 over the note, base64 of DER. Default: none. */
  readonly timestamps?: readonly string[];
}

/** A record of a checkpoint, or its note alone. */
export type GivenCheckpoint = CheckpointRecord | string;
