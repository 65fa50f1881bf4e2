import {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
} from '@kaizen-eatp/bridge-python';
import { opaque } from '@kaizen-eatp/core';
import { captureValue, numberLiteral } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue } from '../src/values/value-codec.js';

const hex = (value: unknown): string => encodeValue(value).toString('hex');
const crossed = (value: unknown): unknown => decodeValue(encodeValue(value));

describe('JavaScript’s own values cross as the plain values that the protocol documents', () => {
  it.each<[string, unknown, unknown]>([
    ['nothing at all', undefined, null],
    ['a literal with a fraction', numberLiteral('1.50'), new PythonFloat(1.5)],
    ['a literal of a whole float', numberLiteral('1.0'), new PythonFloat(1)],
    ['a literal with an exponent', numberLiteral('1e5'), new PythonFloat(100_000)],
    ['a literal of minus zero', numberLiteral('-0.0'), new PythonFloat(-0)],
    ['a literal of an integer', numberLiteral('7'), 7],
    [
      'a literal of a large integer',
      numberLiteral('123456789012345678901234567890'),
      123456789012345678901234567890n,
    ],
    ['a Set', new Set([1, 'a', new Set([2])]), [1, 'a', [2]]],
    ['a URL', new URL('https://acme.example/x?y=1'), 'https://acme.example/x?y=1'],
    ['an Error', new RangeError('too far'), { name: 'RangeError', message: 'too far' }],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
    ['pixels', new Uint8ClampedArray([1, 255]), new Uint8Array([1, 255])],
    ['an array of integers', new Int16Array([-1, 300]), [-1, 300]],
    ['an array of large integers', new BigInt64Array([-1n, 2n ** 62n]), [-1n, 2n ** 62n]],
    ['an array of floats', new Float64Array([1, 0.5, Number.NaN]), [new PythonFloat(1), 0.5, Number.NaN]],
    [
      'a Map with a Date as key',
      new Map([[new Date(0), 1]]),
      new Map([[PythonDateTime.from(new Date(0)), 1]]),
    ],
  ])('%s', (_, value, plain) => {
    expect(hex(value)).toBe(hex(plain));
  });

  it('a URL is written as its address, a bytes view without what lies around it', () => {
    expect(crossed([new URL('https://acme.example')])).toEqual(['https://acme.example/']);
    const view = new Uint8ClampedArray(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2);
    expect(crossed(view)).toEqual(Buffer.from([1, 2]));
  });
});

describe('a value that Python cannot be given as it is fails with its place', () => {
  it.each<[unknown, string, RegExp]>([
    [{ a: undefined }, '$.a', /Leave the property out/],
    [[1, undefined], '$[1]', /undefined/],
    [new Map([['k', undefined]]), '$.k', /undefined/],
    [{ list: [opaque(1)] }, '$.list[0]', /opaque/],
    [{ f: () => 1 }, '$.f', /Python value/],
    [{ deep: { bad: '\ud800' } }, '$.deep.bad', /well-formed/],
    [new Set(['ok', '\ud800']), '$[1]', /well-formed/],
    [
      new Map<unknown, unknown>([
        [new Date(0), 1],
        [PythonDateTime.from(new Date(0)), 2],
      ]),
      '$',
      /twice/,
    ],
    [{ n: numberLiteral('1e999') }, '$.n', /float/],
    [{ d: new Date(Number.NaN) }, '$.d', /invalid/],
    [new (class Thing {})(), '$', /Thing|Python value/],
  ])('%o', (value, place, why) => {
    expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: 'VALUE_NOT_TRANSFERABLE' }));
    expect(() => encodeValue(value)).toThrow(`The value at ${place} cannot cross`);
    expect(() => encodeValue(value)).toThrow(why);
  });
});

it('a worker’s bytes may hold a million elements and no more, however small they are', () => {
  const list = (count: number): Buffer => {
    const head = Buffer.from([0xdd, 0, 0, 0, 0]);
    head.writeUInt32BE(count, 1);
    return Buffer.concat([head, Buffer.alloc(count, 0x80)]);
  };
  expect(decodeValue(list(1_000_000))).toHaveLength(1_000_000);
  expect(() => decodeValue(list(1_000_001))).toThrow(/more than 1000000 elements/);
});

describe('the bridge’s own classes are values of core', () => {
  it.each<[object, object]>([
    [new PythonDecimal('10.20'), new PythonDecimal('10.2')],
    [new PythonDateTime('2026-11-22T08:06:29'), new PythonDateTime('2026-11-22T08:06:29+00:00')],
    [new PythonDate('2026-11-22'), new PythonDate('2026-11-23')],
    [new PythonTime('08:06:29'), new PythonTime('08:06:30')],
    [new PythonTimeDelta('1'), new PythonTimeDelta('-1')],
    [
      new PythonUuid('12345678-1234-5678-1234-567812345678'),
      new PythonUuid('12345678-1234-5678-1234-567812345679'),
    ],
    [new PythonFloat(0), new PythonFloat(-0)],
    [new PythonFloat(Number.NaN), new PythonFloat(Infinity)],
  ])('%o is copied, and told apart from %o', (one, other) => {
    const captured = captureValue({ v: one }, 'input');
    const copy = (captured.value as { v: object }).v;
    expect(copy).toStrictEqual(one);
    expect(copy).not.toBe(one);
    expect(hex(copy)).toBe(hex(one));
    expect(captured.digest).not.toBe(captureValue({ v: other }, 'input').digest);
    expect(captured.digest).toBe(captureValue({ v: copy }, 'input').digest);
  });
});
