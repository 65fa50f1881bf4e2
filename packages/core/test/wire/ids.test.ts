import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectId, isWellFormedId } from '../../src/wire/ids.js';

const refusal = (value: unknown, options?: { max: number }): string => {
  try {
    return `accepted ${expectId(value, 'taskId', options)}`;
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    return (error as Error).message;
  }
};

describe('expectId', () => {
  it.each(['x', 'agent-analyst', 'Zoë', '漢字', '😀', ' a b ', 'x'.repeat(256), '__proto__'])(
    'returns %j',
    (id) => {
      expect(expectId(id, 'taskId')).toBe(id);
      expect(isWellFormedId(id)).toBe(true);
    },
  );

  it.each([
    ['an empty string', '', 'an empty string'],
    ['257 characters', 'x'.repeat(257), '257 characters'],
    ['a lone high surrogate', 'R\ud83d', 'a lone surrogate'],
    ['a lone low surrogate', '\ude00R', 'a lone surrogate'],
    ['U+0000', 'a\0b', 'a control character at position 1'],
    ['a newline', 'a\n', 'a control character at position 1'],
    ['U+007F', '\x7f', 'a control character at position 0'],
    ['a C1 control character', 'ab\x85', 'a control character at position 2'],
    ['undefined', undefined, 'undefined'],
    ['a number', 7, 'number 7'],
    ['a String object', new String('x'), 'an object'],
    ['an object with toString', { toString: () => 'x' }, 'an object'],
  ])('refuses %s and says so', (_what, value, received) => {
    expect(isWellFormedId(value)).toBe(false);
    expect(refusal(value)).toContain('`taskId` must be a string of 1 to 256 characters');
    expect(refusal(value)).toContain(`got ${received}`);
  });

  it('takes another greatest length', () => {
    expect(expectId('x'.repeat(300), 'taskId', { max: 300 })).toHaveLength(300);
    expect(refusal('xxxx', { max: 3 })).toContain('of 1 to 3 characters');
  });

  it('accepts exactly the strings that come back from UTF-8 and hold no control character', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 6 }), (units) => {
        const text = String.fromCharCode(...units);
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text;
        const hasControl = units.some((unit) => unit < 32 || (unit >= 127 && unit < 160));
        expect(isWellFormedId(text)).toBe(survives && !hasControl);
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });
});
