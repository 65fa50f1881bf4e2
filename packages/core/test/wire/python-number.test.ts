import { canonicalNumber, canonicalNumberLiteral, pythonFloat } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// The output of Python 3.11's repr().
const KNOWN: readonly (readonly [number, string])[] = [
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-1, '-1.0'],
  [0.1, '0.1'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [0.00012345, '0.00012345'],
  [1e15, '1000000000000000.0'],
  [9999999999999998, '9999999999999998.0'],
  [1e16, '1e+16'],
  [123456789012345680, '1.2345678901234568e+17'],
  [2 ** 53, '9007199254740992.0'],
  [2 ** 63, '9.223372036854776e+18'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [5e-324, '5e-324'],
  [2.2250738585072014e-308, '2.2250738585072014e-308'],
  [1e21, '1e+21'],
  [1e22, '1e+22'],
  [1e23, '1e+23'],
  [12345.678, '12345.678'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e-7, '1e-07'],
  [1.5e-10, '1.5e-10'],
];

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('numbers as Python prints them', () => {
  it.each(KNOWN)('%d is %s', (value, printed) => {
    expect(pythonFloat(value, '$')).toBe(printed);
  });

  it('prints every double so that it reads back as the same double', () => {
    fc.assert(
      fc.property(double, (value) => {
        expect(Object.is(Number(pythonFloat(value, '$')), value)).toBe(true);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  it('prints every double in one of the two forms of repr, with the fewest digits', () => {
    fc.assert(
      fc.property(double, (value) => {
        const printed = pythonFloat(value, '$');
        const size = Math.abs(value);
        const isExponential = size !== 0 && (size < 1e-4 || size >= 1e16);
        expect(printed).toMatch(isExponential ? /^-?\d(\.\d*[1-9])?e[+-]\d{2,3}$/ : /^-?\d+\.(0|\d*[1-9])$/);
        const digits = printed.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
        const shortest = value.toExponential().replace(/e.*/, '').replace(/[-.]/g, '').replace(/0+$/, '');
        expect(digits).toBe(shortest);
      }),
      { numRuns: 5000, seed: 2 },
    );
  });

  it('takes a safe integer for an int and anything beyond for a float', () => {
    expect(canonicalNumber(Number.MAX_SAFE_INTEGER, '$')).toBe('9007199254740991');
    expect(canonicalNumber(Number.MIN_SAFE_INTEGER, '$')).toBe('-9007199254740991');
    expect(canonicalNumber(2 ** 53, '$')).toBe('9007199254740992.0');
    expect(canonicalNumber(-0, '$')).toBe('-0.0');
    expect(canonicalNumber(0, '$')).toBe('0');
  });

  it('reads a literal as the int or float that Python reads', () => {
    expect(canonicalNumberLiteral('18446744073709551616', '$')).toBe('18446744073709551616');
    expect(canonicalNumberLiteral('1.0', '$')).toBe('1.0');
    expect(canonicalNumberLiteral('1e0', '$')).toBe('1.0');
    expect(canonicalNumberLiteral('-0', '$')).toBe('0');
    expect(canonicalNumberLiteral('-0.0', '$')).toBe('-0.0');
  });

  it('names the path of what it refuses', () => {
    expect(() => pythonFloat(Number.NaN, '$.a[2]')).toThrow('The value at $.a[2] cannot be signed or stored');
  });
});
