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

describe('a whole float that came from Python', () => {
  const python = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const ONE = 'cb3ff0000000000000';
  it.each([
    ['in a list of floats', `93 ${ONE} cb3fe0000000000000 ${ONE}`],
    ['in a list with integers before and after it', `94 01 ${ONE} 02 ${ONE}`],
    ['in a list after floats and an integer', `95 ${ONE} ${ONE} cb3fe0000000000000 01 ${ONE}`],
    ['in a dict, next to an integer', `82 a161 ${ONE} a162 01`],
    ['in a nested dict', `81 a178 91 81 a161 ${ONE}`],
    ['of minus zero', '91 cb8000000000000000'],
    ['beyond 2^53', '91 cb4340000000000001'],
  ])('returns as a float %s, through the copies that agents and patterns get', (_where, text) => {
    const bytes = python(text);
    const arrived = decodeValue(bytes);
    expect(encodeValue(arrived).equals(bytes)).toBe(true);
    const output = captureValue(arrived, 'output');
    const input = captureValue(output.value, 'input');
    expect(encodeValue(input.value).equals(bytes)).toBe(true);
    expect(encodeValue(input.frozen()).equals(bytes)).toBe(true);
    const mixed = captureValue({ around: output.value, when: new Date(0) }, 'input').value as {
      around: unknown;
    };
    expect(encodeValue(mixed.around).equals(bytes)).toBe(true);
  });

  it('is an ordinary number here, and leaves new numbers next to it as they are', () => {
    const arrived = decodeValue(python(`82 a161 ${ONE} a162 91 ${ONE}`)) as {
      a: number;
      b: number[];
      c?: number;
    };
    expect(arrived).toEqual({ a: 1, b: [1] });
    expect(arrived.a + 1).toBe(2);
    arrived.c = 3;
    arrived.b.push(4);
    expect(hex(arrived)).toBe(python(`83 a161 ${ONE} a162 92 ${ONE} 04 a163 03`).toString('hex'));
  });

  it('is an integer once code has put it into another object', () => {
    const { a } = decodeValue(python(`81 a161 ${ONE}`)) as { a: number };
    expect(hex({ a })).toBe('81a16101');
  });
});

it('writes objects of as many keys as a value may have', () => {
  for (const size of [15, 16, 65_535, 65_536]) {
    const object = Object.fromEntries(Array.from({ length: size }, (_, i) => [`key ${i}`, i]));
    expect(JSON.stringify(crossed(object))).toBe(JSON.stringify(object));
  }
});

it('reads no bytes as a key that only look like a key which came before', () => {
  const key = (bytes: string): Buffer => Buffer.from(`81${bytes}c0`, 'hex');
  expect(decodeValue(key('a2c3a4'))).toEqual({ ä: null });
  expect(() => decodeValue(key('a1e4'))).toThrow(/not UTF-8/);
  for (const text of [
    'a',
    'ab',
    'abcdefgh',
    'abcdefghi',
    'x'.repeat(32),
    'x'.repeat(33),
    'y'.repeat(97),
    'ä'.repeat(60),
  ])
    for (let i = 0; i < 2; i++) expect(crossed({ [text]: text })).toEqual({ [text]: text });
});

it('reads what an agent of a worker can send at most without holding the event loop for long', () => {
  const empties = (count: number): Buffer => {
    const head = Buffer.from([0xdd, 0, 0, 0, 0]);
    head.writeUInt32BE(count, 1);
    return Buffer.concat([head, Buffer.alloc(count, 0x80)]);
  };
  expect(decodeValue(empties(1_000_000))).toHaveLength(1_000_000);
  // As many as 30 MB can hold are refused by their number, before one of them is read.
  const before = process.cpuUsage().user;
  expect(() => decodeValue(empties(30_000_000))).toThrow(/more than 1000000 elements/);
  expect(process.cpuUsage().user - before).toBeLessThan(1_000_000);
});
