import { earlier, formatTimestamp, TIMESTAMP_PATTERN, timestampToMillis } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

describe('timestamps', () => {
  it("are written as Python's isoformat()", () => {
    expect(formatTimestamp(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)))).toBe(
      '2026-01-02T03:04:05.006000+00:00',
    );
    expect(formatTimestamp(new Date(Date.UTC(2026, 0, 2, 3, 4, 5)))).toBe('2026-01-02T03:04:05+00:00');
  });

  it.each([
    ['2026-01-02T03:04:05+00:00', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05+05:30', Date.UTC(2026, 0, 1, 21, 34, 5)],
    ['2026-01-02T03:04:05.5-01:00', Date.UTC(2026, 0, 2, 4, 4, 5, 500)],
    ['1970-01-01T00:00:00.000001+00:00', 0.001],
  ])('%s is a moment', (timestamp, millis) => {
    expect(timestampToMillis(timestamp)).toBeCloseTo(millis, 6);
  });

  it.each([
    '',
    'now',
    '2026-01-02',
    '2026-01-02T03:04:05',
    '2026-01-02 03:04:05+00:00',
    '2026-01-02T03:04:05.1234567+00:00',
    '2026-13-02T03:04:05+00:00',
    ' 2026-01-02T03:04:05+00:00',
    '2026-01-02T03:04:05+00:00\n',
  ])('is not a moment: %j', (text) => {
    expect(timestampToMillis(text)).toBeNaN();
  });

  it('reads back what it writes', () => {
    const date = new Date('2031-05-06T07:08:09.123Z');
    const text = formatTimestamp(date);
    expect(text).toMatch(TIMESTAMP_PATTERN);
    expect(timestampToMillis(text)).toBe(date.getTime());
  });

  it('takes the earlier of two, and whichever is there of one', () => {
    const first = '2026-01-02T03:04:05+02:00';
    const second = '2026-01-02T02:04:05+00:00';
    expect(earlier(first, second)).toBe(first);
    expect(earlier(second, first)).toBe(first);
    expect(earlier(null, second)).toBe(second);
    expect(earlier(first, undefined)).toBe(first);
    expect(earlier(null, undefined)).toBeNull();
  });
});
