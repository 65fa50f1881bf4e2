import { UnsupportedValueError } from '@kaizen-eatp/core/errors';
import { canonicalJson, numberLiteral, parseJson } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

describe('canonicalJson', () => {
  // Printed by Python's json.dumps(…, sort_keys=True, separators=(',', ':')).
  it('writes ASCII only, with the short escapes of Python, and sorts by code point', () => {
    const value = { '\u{10000}': 1, '\uffff': 2, é: '\x7f/"\\\b\f\n\r\t\x1f', '': [] };
    expect(canonicalJson(value)).toBe(
      String.raw`{"":[],"\u00e9":"\u007f/\"\\\b\f\n\r\t\u001f","\uffff":2,"\ud800\udc00":1}`,
    );
  });

  it('neither normalises text nor repairs a lone surrogate', () => {
    expect(canonicalJson(['\u00e9', 'e\u0301', '\ud800', '\udc00x'])).toBe(
      String.raw`["\u00e9","e\u0301","\ud800","\udc00x"]`,
    );
  });

  it('writes no white space and keeps the order of arrays', () => {
    expect(canonicalJson({ b: [3, 1, { z: null, a: true }], a: false })).toBe(
      '{"a":false,"b":[3,1,{"a":true,"z":null}]}',
    );
  });

  it('writes a key __proto__ like any other', () => {
    expect(canonicalJson(parseJson('{"b":1,"__proto__":{"x":2}}'))).toBe('{"__proto__":{"x":2},"b":1}');
  });

  it('writes number literals as Python prints the number it read', () => {
    const read = parseJson('[1.0,1E5,1e-5,-0,-0.0,9223372036854775808,100000000000000000000.0,1.10]');
    expect(canonicalJson(read)).toBe('[1.0,100000.0,1e-05,0,-0.0,9223372036854775808,1e+20,1.1]');
  });

  it('prints integers of any size up to the 4300 digits that Python reads, the sign not counted', () => {
    const longest = '9'.repeat(4300);
    expect(canonicalJson(numberLiteral(longest))).toBe(longest);
    expect(canonicalJson(numberLiteral(`-${longest}`))).toBe(`-${longest}`);
    expect(() => canonicalJson(numberLiteral(`${longest}9`))).toThrow(UnsupportedValueError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    expect(() => canonicalJson({ deep: [value] })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE', received: String(value) }),
    );
  });

  it('refuses a float literal beyond the range of a double, which Python would read as infinity', () => {
    expect(() => canonicalJson(parseJson('[1e999]'))).toThrow(UnsupportedValueError);
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['an undefined property', { a: undefined }],
    ['an undefined item', [undefined]],
    ['a Date', new Date(0)],
    ['a Map', new Map([['a', 1]])],
    ['bytes', new Uint8Array([1, 2])],
  ])('refuses %s, which is not JSON', (_what, value) => {
    expect(() => canonicalJson(value as never)).toThrow(UnsupportedValueError);
  });
});
