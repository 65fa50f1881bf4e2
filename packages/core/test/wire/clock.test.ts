import { describe, expect, it } from 'vitest';
import { timeOf } from '../../src/wire/index.js';

describe('timeOf', () => {
  it('reads a clock as it is, with its fraction', () => {
    expect(timeOf({ now: () => 1_772_445_600_000.25 })).toBe(1_772_445_600_000.25);
  });

  it.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['a string', '2026-03-02T10:00:00Z', '"2026-03-02T10:00:00Z"'],
    ['a Date', new Date(0), 'Date'],
    ['nothing', undefined, 'undefined'],
  ])('refuses a clock that answers with %s, and names what came', (_what, answer, received) => {
    expect(() => timeOf({ now: () => answer as number })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        received: expect.stringContaining(received),
        expected: 'milliseconds since the epoch, as a finite number and not as a promise',
      }),
    );
  });
});
