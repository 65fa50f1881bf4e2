import { timestampToMillis } from '../../wire/index.js';
import {
  ConstraintEvaluator,
  type ConstraintRequest,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';

/**
 * `business_hours_only` and `time_window…`: from 09:00 up to 17:00 of `context.current_time` (a Date, read in UTC,
 * or a timestamp, read on its own clock); of the present moment in UTC where it is absent.
 */
export class BusinessHours extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'business_hours_only' || label.startsWith('time_window');
  }

  evaluate({ context, now }: ConstraintRequest): ConstraintVerdict {
    const hour = hourOf(context.current_time ?? context.currentTime ?? new Date(now));
    if (hour === undefined) return forbidden('current_time is neither a Date nor a timestamp');
    return hour >= 9 && hour < 17
      ? PERMITTED
      : forbidden(`not permitted outside business hours (hour ${hour})`);
  }
}

function hourOf(time: unknown): number | undefined {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.getUTCHours();
  if (typeof time === 'string' && !Number.isNaN(timestampToMillis(time))) return Number(time.slice(11, 13));
  return undefined;
}
