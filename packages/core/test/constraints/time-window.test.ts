import { ConstraintRegistry } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { findEmptyWindow, isWithin, readWindow } from '../../src/constraints/builtin/written-window.js';

const at = (time: string): number => Date.parse(`2026-01-05T${time}Z`);
const hours = (label: string) => readWindow(label)?.map(({ from, to }) => [from / 60, to / 60]);

describe('readWindow', () => {
  it.each<[string, number[][] | undefined]>([
    ['time_window:09:00-17:00', [[9, 17]]],
    ['time_window: 09:00 - 17:00', [[9, 17]]],
    ['time_window=9-17', [[9, 17]]],
    ['time_window_9_17', [[9, 17]]],
    ['TIME_WINDOW_0900-1730', [[9, 17.5]]],
    ['time_window(09:00-17:00)', [[9, 17]]],
    ['time_window:09:00–17:00', [[9, 17]]],
    ['time_window:9am-5pm', [[9, 17]]],
    ['time_window:12am to 12pm', [[0, 12]]],
    ['time_window:00:00-24:00', [[0, 24]]],
    ['time_window:09:00-17:00 UTC', [[9, 17]]],
    ['time_window:09:00-17:00Z', [[9, 17]]],
    ['time_window:09:00-17:00+02:00', [[7, 15]]],
    ['time_window:09:00-17:00-0530', [[14.5, 22.5]]],
    [
      'time_window:22:00-06:00',
      [
        [22, 24],
        [0, 6],
      ],
    ],
    ['time_window:20:00-02:00+03:00', [[17, 23]]],
    [
      'time_window:01:00-03:00+02:00',
      [
        [23, 24],
        [0, 1],
      ],
    ],
    ['time_window', [[0, 24]]],
    ['time_window:', [[0, 24]]],
    ['time_window:09:00-09:00', []],
    ['time_window:25:00-26:00', undefined],
    ['time_window:24:00-06:00', undefined],
    ['time_window:09:60-17:00', undefined],
    ['time_window:13pm-3pm', undefined],
    ['time_window:09:00', undefined],
    ['time_window:mon-fri', undefined],
    ['time_window:09:00-17:00 Europe/Berlin', undefined],
    ['time_window:09:00-17:00+19:00', undefined],
    ['time_window_x', undefined],
  ])('%s is %o', (label, expected) => {
    expect(hours(label)).toEqual(expected);
  });

  it('isWithin includes the first minute and excludes the last, before 1970 too', () => {
    const spans = readWindow('time_window:09:00-17:00') ?? [];
    const times = ['08:59:59.999', '09:00:00', '16:59:59.999', '17:00:00'];
    expect(times.map((time) => isWithin(spans, at(time)))).toEqual([false, true, true, false]);
    expect(isWithin(spans, Date.UTC(1960, 0, 1, 12))).toBe(true);
    expect(isWithin(spans, Date.UTC(1960, 0, 1, 8))).toBe(false);
  });
});

describe('a time window', () => {
  const registry = new ConstraintRegistry();
  const judge = (label: string, time: string, guarded = true, context = {}) =>
    registry.evaluate([label], { action: 'read', guarded, context, now: at(time) });
  const permits = (...args: Parameters<typeof judge>) => judge(...args).violations.length === 0;

  it.each<[string, string, boolean]>([
    ['time_window:10:00-12:00', '09:30', false],
    ['time_window:10:00-12:00', '10:00', true],
    ['time_window:10:00-12:00', '11:59', true],
    ['time_window:10:00-12:00', '12:00', false],
    // The hours of the reference hold too: nothing before 09:00, nothing from 17:00.
    ['time_window:06:00-20:00', '08:59', false],
    ['time_window:06:00-20:00', '09:00', true],
    ['time_window:06:00-20:00', '17:00', false],
    ['TIME_WINDOW:10:00-12:00', '12:00', false],
    ['time_window:16:00-10:00', '12:00', false],
    ['time_window:16:00-10:00', '09:30', true],
    ['time_window:16:00-10:00', '16:30', true],
    ['time_window', '16:59', true],
    ['business_hours_only', '16:59', true],
    ['business_hours_only', '17:00', false],
  ])('%s at %s under the guard permits: %s', (label, time, permitted) => {
    expect(permits(label, time)).toBe(permitted);
  });

  it('is judged by verify() alone as the reference does, whatever it says', () => {
    expect(permits('time_window:10:00-12:00', '14:00', false)).toBe(true);
    expect(permits('time_window:06:00-20:00', '08:00', false)).toBe(false);
  });

  it('takes the time under the guard from the clock, not from what the caller says', () => {
    const noon = { current_time: '2026-01-05T12:00:00+00:00' };
    expect(permits('business_hours_only', '03:00', false, noon)).toBe(true);
    expect(permits('business_hours_only', '03:00', true, noon)).toBe(false);
  });

  it('that cannot be read is reported under the guard, and enforced as the reference does', () => {
    expect(judge('time_window:mon-fri', '12:00')).toEqual({
      violations: [],
      unenforced: ['time_window:mon-fri'],
    });
    expect(permits('time_window:mon-fri', '03:00')).toBe(false);
    expect(judge('time_window:mon-fri', '12:00', false).unenforced).toEqual([]);
  });
});

describe('findEmptyWindow', () => {
  it.each<[string, readonly string[], RegExp | undefined]>([
    ['no window', ['read_only', 'business_hours_only'], undefined],
    ['a window in the hours of the reference', ['time_window:10:00-12:00'], undefined],
    ['two that meet', ['time_window:09:00-12:00', 'time_window:11:00-17:00'], undefined],
    ['an overnight one that reaches into the day', ['time_window:22:00-10:00'], undefined],
    ['a window outside', ['time_window:18:00-20:00'], /no time to act/],
    ['an overnight window', ['read_only', 'time_window:22:00-06:00'], /no time to act/],
    ['a window that starts when it ends', ['time_window:09:00-09:00'], /no time to act/],
    ['two that do not meet', ['time_window:09:00-11:00', 'TIME_WINDOW:11:00-17:00'], /in common/],
    ['one that cannot be read', ['time_window:noon'], /not a time window/],
  ])('%s: %j', (_what, labels, reason) => {
    const found = findEmptyWindow(labels);
    if (!reason) expect(found).toBeUndefined();
    else expect(found).toEqual({ label: labels.at(-1), reason: expect.stringMatching(reason) });
  });
});
