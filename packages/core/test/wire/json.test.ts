import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { canonicalJson, isNumberLiteral, parseJson, writeJson } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const written = (text: string): string => writeJson(parseJson(text));

const literal = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? '-0.0' : String(n))),
  fc.constantFrom(
    '1.0',
    '-0',
    '-0.0',
    '1.10',
    '1e-05',
    '1E5',
    '1e+16',
    '100.50',
    '9007199254740993',
    '0.30000000000000000',
  ),
);
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    literal,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('null', 'true', 'false', '"1.0"', '"a:1.0"'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc
      .dictionary(fc.constantFrom('k', '__proto__', 'constructor', 'a:-0', 'toJSON', 'rawJSON'), tie('value'))
      .map(
        (fields) => `{${Object.entries(fields).map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`,
      ),
  ),
})).value;

describe('lossless JSON', () => {
  it.each([
    '1.0',
    '-0',
    '-0.0',
    '9223372036854775808',
    '12345678901234567890.5',
    '[1.0,2]',
    '{"a":1e5}',
    '[ -0.0 ]',
  ])('writes %s again as it was read', (text) => {
    expect(written(text)).toBe(text.replaceAll(' ', ''));
  });

  it.each(['1.10', '1e-05', '1E-7', '0.30000000000000001', '100.50'])(
    'keeps the spelling of a fraction too: %s',
    (text) => {
      expect(written(`{"n":${text}}`)).toBe(`{"n":${text}}`);
    },
  );

  it('writes any text again as it was read', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(written(text)).toBe(text);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  it('reads plain numbers as numbers', () => {
    expect(parseJson('[1,-2,0.5,9007199254740991]')).toEqual([1, -2, 0.5, 9007199254740991]);
  });

  it('gives the same canonical text before and after a round trip', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(canonicalJson(parseJson(written(text)))).toBe(canonicalJson(parseJson(text)));
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  it('does not take text that looks like a number for one', () => {
    const read = parseJson('{"a":"x: 1.0","b":1.0}') as { a: unknown; b: unknown };
    expect(read.a).toBe('x: 1.0');
    expect(isNumberLiteral(read.b)).toBe(true);
  });

  it('reads a key __proto__ without touching the prototype', () => {
    const read = parseJson('{"__proto__":{"isAdmin":true},"n":1.0}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(read.isAdmin).toBeUndefined();
    expect(Object.hasOwn(read, '__proto__')).toBe(true);
  });

  it.each(['', '{', '[1,]', 'NaN', 'Infinity', "{'a':1}", '01', '1.', '{"a":1.0'])('refuses %s', (text) => {
    expect(() => parseJson(text, 'chain of bob')).toThrow(MalformedRecordError);
    expect(() => parseJson(text, 'chain of bob')).toThrow('The chain of bob is not valid JSON');
  });

  it.each([undefined, null, 1, {}, Buffer.from('{}')])('refuses %s, which is not a string', (value) => {
    expect(() => parseJson(value as never)).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }));
  });

  it('refuses nesting too deep to read rather than failing otherwise', () => {
    const deep = `${'['.repeat(200_000)}1.0${']'.repeat(200_000)}`;
    expect(() => parseJson(deep)).toThrow(MalformedRecordError);
  });
});
