import { compareCodePoints, sortByCodePoint } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const codePoints = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) as number);

/** The order of Python's strings, written the slow and plain way. */
function pythonOrder(a: string, b: string): number {
  const [left, right] = [codePoints(a), codePoints(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(left.length - right.length);
}

// Few units, so that strings share beginnings and lone surrogates meet pairs.
const text = fc
  .array(
    fc.constantFrom(
      'a',
      '\u007f',
      '\ud7ff',
      '\ud800',
      '\ud83d',
      '\udbff',
      '\udc00',
      '\udfff',
      '\ue000',
      '\uffff',
    ),
    {
      maxLength: 5,
    },
  )
  .map((units) => units.join(''));

describe('code point order', () => {
  it('puts U+FFFF before U+10000, unlike JavaScript', () => {
    expect(['\u{10000}', '\uffff'].sort()).toEqual(['\u{10000}', '\uffff']);
    expect(sortByCodePoint(['\u{10000}', '\uffff'])).toEqual(['\uffff', '\u{10000}']);
  });

  it('compares any two strings as Python does', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(pythonOrder(a, b));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('sorts any list as Python does', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
        expect(sortByCodePoint([...texts])).toEqual([...texts].sort(pythonOrder));
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
