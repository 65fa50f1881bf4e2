/** The source of the time. Tests and the checker of golden files use their own. */
export interface Clock {
  /** The moment, in milliseconds since the epoch. */
  now(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });
