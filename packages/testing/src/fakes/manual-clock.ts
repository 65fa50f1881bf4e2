import type { Clock } from '@kaizen-eatp/core';

/** A clock that moves only when a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the clock forward by this many milliseconds. */
  advance(milliseconds: number): void;
  /** Sets the clock, in milliseconds since the epoch. */
  set(now: number): void;
}

/** The time at which a manual clock starts by default: a Monday at noon, within business hours. */
export const FIXTURE_TIME = Date.parse('2026-06-01T12:00:00.000Z');

/** Makes a clock that a test moves. @param start - in milliseconds since the epoch. Default: {@link FIXTURE_TIME}. */
export function manualClock(start: number = FIXTURE_TIME): ManualClock {
  let now = start;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    set: (moment) => {
      now = moment;
    },
  };
}
