/** The text of an error code. */
export interface ErrorCodeText {
  /** States what has happened. */
  readonly meaning: string;
  /** Names the usual causes. */
  readonly cause: string;
  /** Tells the reader what to do. */
  readonly remedy: string;
}
