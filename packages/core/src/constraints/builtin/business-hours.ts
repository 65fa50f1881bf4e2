import { timestampToMillis } from '../../wire/index.js';
import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';
import { BUSINESS_HOURS, findEmptyWindow, isWindowLabel, isWithin, readWindow } from './written-window.js';

/**
 * `business_hours_only` and `time_window…`: from 09:00 up to 17:00, as the reference understands both.
 *
 * `verify()` alone looks at `context.current_time` (a Date, read in UTC, or a timestamp, read on its own clock), or at
 * the present time in UTC where it is absent. The guard looks at the present time in UTC only, and enforces the window
 * that the label writes out as well.
 */
export class BusinessHours extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'business_hours_only' || label.startsWith('time_window');
  }

  evaluate(request: ConstraintRequest): ConstraintVerdict {
    if (request.guarded) return evaluateAsWritten(request.label, request.now);
    const { context, now } = request;
    const hour = hourOf(context.current_time ?? context.currentTime ?? new Date(now).toISOString());
    if (hour === undefined) return forbidden('current_time is neither a Date nor a timestamp');
    return hour >= BUSINESS_HOURS.from / 60 && hour < BUSINESS_HOURS.to / 60 ? PERMITTED : outside(hour);
  }

  override findProblem(label: string): string | undefined {
    return findEmptyWindow([label])?.reason;
  }
}

function evaluateAsWritten(label: string, now: number): ConstraintVerdict {
  if (!isWithin([BUSINESS_HOURS], now)) return outside(new Date(now).getUTCHours());
  if (!isWindowLabel(label)) return PERMITTED;
  const written = readWindow(label);
  // If the window cannot be read, only the hours of the reference are enforced.
  if (!written) return { permitted: true, unenforced: true };
  const time = new Date(now).toISOString().slice(11, 16);
  return isWithin(written, now) ? PERMITTED : forbidden(`not permitted at ${time} UTC`);
}

const outside = (hour: number): ConstraintVerdict =>
  forbidden(`not permitted outside business hours (hour ${hour})`);

function hourOf(time: unknown): number | undefined {
  return typeof time === 'string' && !Number.isNaN(timestampToMillis(time))
    ? Number(time.slice(11, 13))
    : undefined;
}
