import { runInNewContext } from 'node:vm';
import { canonicalJson, numberLiteral, sha256Hex } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureValue, opaque } from '../../src/values/index.js';
import { anyJson, anyValue, hasTagName, isSame, Money, objectOf } from './any-value.js';

const textOf = (value: unknown): string => captureValue(value, 'input').text;
const digestOf = (value: unknown): string => captureValue(value, 'input').digest;
const copyOf = (value: unknown): unknown => captureValue(value, 'input').value;

describe('captureValue writes plain JSON exactly as canonicalJson does', () => {
  it('and its digest is the SHA-256 of that text', () => {
    fc.assert(
      fc.property(
        anyJson.filter((value) => !hasTagName(value)),
        (value) => {
          const captured = captureValue(value, 'input');
          expect(captured.text).toBe(canonicalJson(value as never));
          expect(captured.digest).toBe(sha256Hex(captured.text));
          expect(captured.json).toEqual(value);
          expect(captured.isOpaque).toBe(false);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it('number literals, -0 and whole numbers beyond 2^53 among it', () => {
    const value = [numberLiteral('1.0'), -0, 2 ** 60, 1.5];
    expect(textOf(value)).toBe('[1.0,-0.0,1.152921504606847e+18,1.5]');
    expect(captureValue(value, 'input').json).toEqual(value);
  });
});

describe('captureValue writes every other value in a tagged form', () => {
  const tag = (form: string): string => `{"$eatp":[${form}]}`;
  it.each<[string, unknown, string]>([
    ['undefined', undefined, tag('"undefined"')],
    ['an undefined property', { a: undefined }, `{"a":${tag('"undefined"')}}`],
    ['a hole', new Array(1), `[${tag('"undefined"')}]`],
    ['NaN', Number.NaN, tag('"number","NaN"')],
    ['infinities', [1 / 0, -1 / 0], `[${tag('"number","Infinity"')},${tag('"number","-Infinity"')}]`],
    ['a bigint', 12n, tag('"bigint","12"')],
    ['a Date', new Date(5), tag('"date","1970-01-01T00:00:00.005Z"')],
    ['a URL', new URL('https://x.example'), tag('"url","https://x.example/"')],
    ['an Error', new TypeError('no'), tag('"error","TypeError","no"')],
    ['bytes', new Uint8Array([1, 2]), tag('"bytes","Uint8Array","AQI="')],
    ['a Buffer', Buffer.from([1, 2]), tag('"bytes","Uint8Array","AQI="')],
    ['a typed array', new Uint16Array([1]), tag('"bytes","Uint16Array","AQA="')],
    ['a part of a buffer', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), tag('"bytes","Uint8Array","AQI="')],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer, tag('"bytes","ArrayBuffer","AQI="')],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['b', 1],
        ['a', {}],
      ]),
      tag('"map",[["b",1],["a",{}]]'),
    ],
    ['a Set', new Set(['b', 'a']), tag('"set",["b","a"]')],
    [
      'an instance of a value class',
      new Money('10', 'EUR'),
      tag(String.raw`"class","test.money","[\"10\",\"EUR\"]"`),
    ],
    ['an opaque value', [opaque(() => 1)], `[${tag('"opaque"')}]`],
    ['an object with the name of the tag', { $eatp: ['undefined'] }, '{"$$eatp":["undefined"]}'],
    ['an object with that name escaped', { $$eatp: 1, $eatp: 2 }, '{"$$$eatp":1,"$$eatp":2}'],
  ])('%s', (_what, value, text) => {
    expect(textOf(value)).toBe(text);
    expect(captureValue(value, 'input').json).toBeUndefined();
  });

  it('so that different values never share a digest', () => {
    const lookAlikes: unknown[] = [
      null,
      undefined,
      'undefined',
      Number.NaN,
      'NaN',
      null,
      0,
      -0,
      '',
      1,
      1n,
      '1',
      true,
      [],
      {},
      [undefined],
      [null],
      new Map(),
      new Set(),
      new Map([['a', 1]]),
      { a: 1 },
      new Map([['a', 1n]]),
      new Set([1]),
      [1],
      new Map([[1, 1]]),
      new Map([['1', 1]]),
      { 1: 1 },
      { a: undefined },
      { a: null },
      new Date(0),
      new Date(0).toISOString(),
      new URL('https://x.example/'),
      'https://x.example/',
      new Uint8Array(),
      new Int8Array(),
      new ArrayBuffer(0),
      new Uint8Array([0]),
      new Error(''),
      new Error('a'),
      new TypeError(''),
      new Money('1', ''),
      new Money('', '1'),
      opaque(1),
      [opaque(1)],
      { $eatp: ['undefined'] },
      { $$eatp: ['undefined'] },
      { $eatp: ['bigint', '1'] },
      ['undefined'],
      ['bigint', '1'],
    ];
    const texts = lookAlikes.map(textOf);
    // Only `null` is there twice.
    expect(new Set(texts).size).toBe(texts.length - 1);
  });

  it('in which the order of properties does not count, but that of maps and sets does', () => {
    expect(digestOf({ a: 1n, b: 2 })).toBe(digestOf({ b: 2, a: 1n }));
    expect(
      digestOf(
        new Map([
          [1, 1],
          [2, 2],
        ]),
      ),
    ).not.toBe(
      digestOf(
        new Map([
          [2, 2],
          [1, 1],
        ]),
      ),
    );
    expect(digestOf(new Set([1, 2]))).not.toBe(digestOf(new Set([2, 1])));
  });
});

describe("captureValue returns a copy that is the caller's in no part", () => {
  it('and that is equal', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const captured = captureValue(value, 'input');
        expect(isSame(captured.value, value)).toBe(true);
        expect(isSame(captured.frozen(), value)).toBe(true);
        expect(digestOf(captured.value)).toBe(captured.digest);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('whatever the caller or the receiver changes afterwards', () => {
    const bytes = new Uint8Array([1]);
    const date = new Date(0);
    const given = { list: [{ n: 1 }], bytes, date, map: new Map([['k', [1]]]), set: new Set([1]) };
    const captured = captureValue(given, 'input');
    const before = digestOf(given);
    const change = (value: typeof given): void => {
      (value.list[0] as { n: number }).n = 2;
      value.bytes[0] = 9;
      value.date.setTime(9);
      value.map.get('k')?.push(2);
      value.set.add(2);
    };
    change(given);
    change(captured.value as typeof given);
    change(captured.value as typeof given);
    expect(captured.digest).toBe(before);
    expect(digestOf(captured.frozen())).toBe(before);
    expect(captured.value).toBe(captured.value);
    expect(digestOf(captured.value)).not.toBe(before);
  });

  it('in which a shared part is two', () => {
    const shared = { a: 1 };
    const copy = copyOf([shared, shared]) as [object, object];
    expect(copy).toEqual([shared, shared]);
    expect(copy[0]).not.toBe(copy[1]);
  });

  it('of plain objects only, without a prototype or methods of their own', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const foreign = runInNewContext(
      '({ a: 1, list: [1], date: new Date(5), map: new Map([[1, 2]]) })',
    ) as object;
    for (const value of [bare, foreign]) expect(Object.getPrototypeOf(copyOf(value))).toBe(Object.prototype);
    expect(copyOf(foreign)).toStrictEqual({ a: 1, list: [1], date: new Date(5), map: new Map([[1, 2]]) });
    const named = objectOf([
      ['__proto__', { a: 1 }],
      ['constructor', 'x'],
    ]);
    const copy = copyOf(named) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.keys(copy)).toEqual(['__proto__', 'constructor']);
    expect(textOf(named)).toBe('{"__proto__":{"a":1},"constructor":"x"}');
  });

  it('deeply frozen for evaluators, where the language allows it', () => {
    const frozen = captureValue({ a: [{ b: 1 }] }, 'input').frozen() as { a: [{ b: number }] };
    expect([frozen, frozen.a, frozen.a[0]].every(Object.isFrozen)).toBe(true);
    const captured = captureValue(
      { a: [1n], map: new Map([['k', { b: 1 }]]), bytes: new Uint8Array(1) },
      'input',
    );
    const other = captured.frozen() as { a: unknown[]; map: Map<string, object>; bytes: Uint8Array };
    expect([other, other.a, other.map.get('k')].every(Object.isFrozen)).toBe(true);
    other.bytes[0] = 1;
    other.map.clear();
    expect(digestOf(captured.frozen())).toBe(captured.digest);
  });

  it('with a new error of only the name and the message', () => {
    const error = Object.assign(new RangeError('too far', { cause: 'secret' }), { code: 'X' });
    const copy = copyOf(error) as Error;
    expect(copy).toBeInstanceOf(Error);
    expect({ ...copy, name: copy.name, message: copy.message, stack: copy.stack, cause: copy.cause }).toEqual(
      {
        name: 'RangeError',
        message: 'too far',
        stack: 'RangeError: too far',
        cause: undefined,
      },
    );
  });
});
