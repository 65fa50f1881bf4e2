import type { Clock } from '@kaizen-eatp/core';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves on by so many milliseconds. */
  advance(milliseconds: number): void;
  /** Jumps to a moment, in milliseconds since the epoch. */
  set(now: number): void;
}

/** Where a manual clock starts unless told otherwise: a Monday at noon, within business hours. */
export const FIXTURE_TIME = Date.parse('2026-06-01T12:00:00.000Z');

/** @param start - in milliseconds since the epoch. Default: {@link FIXTURE_TIME}. */
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
