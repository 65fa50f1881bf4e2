import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { UnsupportedValueError } from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { captureValue, opaque, type ValueLimits } from '../../src/values/index.js';

function refusalOf(value: unknown, limits?: ValueLimits): UnsupportedValueError & { path: string } {
  try {
    captureValue(value, 'input', limits);
  } catch (error) {
    expect(error).toBeInstanceOf(UnsupportedValueError);
    const path = /^The value at (.*) cannot be signed or stored/.exec((error as Error).message)?.[1];
    return Object.assign(error as UnsupportedValueError, { path: path as string });
  }
  throw new Error('the value was accepted');
}

class Account {
  owner = 'bob';
}
class Writable {
  toJSON(): string {
    return 'x';
  }
}
class Bare {}
Object.setPrototypeOf(Bare.prototype, null);

describe('captureValue refuses what no record can describe', () => {
  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /Pass what it returns/],
    ['a class', Account, /Pass what it returns/],
    ['a symbol', Symbol('x'), /Use a string/],
    ['a class instance', new Account(), /plain object/],
    ['an instance of a class without a base', new Bare(), /plain object/],
    ['a class instance with toJSON', new Writable(), /toJSON/],
    ['an object whose prototype is another object', Object.create({ a: 1 }), /plain object/],
    ['a promise', Promise.resolve(1), /Await it first/],
    ['an object with a function named then', Object.fromEntries([['then', () => 1]]), /Pass what it returns/],
    ['a stream', Readable.from([1]), /Read it to its end/],
    ['a web stream', new ReadableStream(), /Read it to its end/],
    ['a generator', (function* () {})(), /Read it to its end/],
    ['an async generator', (async function* () {})(), /Read it to its end/],
    ['an iterator', [1].values(), /Read it to its end/],
    ['a WeakMap', new WeakMap(), /Use a Map/],
    ['a WeakSet', new WeakSet(), /Use a Map/],
    ['a WeakRef', new WeakRef({}), /plain object/],
    ['an invalid Date', new Date(Number.NaN), /valid date/],
    ['a regular expression', /x/, /plain object/],
    ['a String object', new String('x'), /primitive/],
    ['a BigInt object', Object(1n), /primitive/],
    ['a DataView', new DataView(new ArrayBuffer(1)), /Uint8Array/],
    ['shared memory', new SharedArrayBuffer(1), /Uint8Array/],
    ['URLSearchParams', new URLSearchParams('a=1'), /Read it to its end|plain object/],
    ['an Error whose name is no string', Object.assign(new Error('x'), { name: 7 }), /opaque/],
    ['a bigint of more than 100,000 bits', 1n << 200_000n, /bytes/],
    ['a proxy of a Map', new Proxy(new Map(), {}), /opaque/],
    [
      'a raw JSON string',
      (JSON as unknown as { rawJSON(t: string): unknown }).rawJSON('"x"'),
      /Use a string/,
    ],
    [
      'a number literal beyond the doubles',
      (JSON as unknown as { rawJSON(t: string): unknown }).rawJSON('1e999'),
      /Use a string/,
    ],
  ])('%s, naming its place and what to do', (_what, value, remedy) => {
    const refusal = refusalOf({ a: [0, { 'b c': value }] });
    expect(refusal.code).toBe('UNSUPPORTED_VALUE');
    expect(refusal.path).toBe(
      refusal.path.endsWith('.then') ? 'input.a[1]["b c"].then' : 'input.a[1]["b c"]',
    );
    expect(refusal.remedy).toMatch(remedy);
    expect(captureValue({ a: [0, { b: opaque(value) }] }, 'input').isOpaque).toBe(true);
  });

  it('an enumerable property whose name is a symbol, while it passes over hidden ones', () => {
    expect(refusalOf([{ [Symbol('x')]: 1 }]).path).toBe('input[0]');
    expect(refusalOf([{ [Symbol('x')]: 1 }]).received).toContain('symbol');
    const hidden = Object.defineProperty({ a: 1 }, Symbol('x'), { value: 1 });
    expect(captureValue(hidden, 'input').text).toBe('{"a":1}');
  });

  it('in a place of a map or a set, too', () => {
    const bad = Symbol('x');
    expect(refusalOf(new Map([['k', bad]])).path).toBe('input.get("k")');
    expect(refusalOf(new Map([[{}, [bad]]])).path).toBe('input[value 0][0]');
    expect(
      refusalOf(
        new Map([
          [1, 1],
          [bad as never, 1],
        ]),
      ).path,
    ).toBe('input[key 1]');
    expect(refusalOf({ set: new Set([1, [bad]]) }).path).toBe('input.set[item 1][0]');
  });

  it('a value whose getter or proxy throws, naming the property', () => {
    const thrown = new Error('lazy loading failed');
    const lazy = {
      a: 1,
      get b(): never {
        throw thrown;
      },
    };
    const refusal = refusalOf({ rows: [{}, lazy], after: 1 });
    expect(refusal.path).toBe('input.rows[1].b');
    expect(refusal.received).toContain('lazy loading failed');
    expect(refusal.cause).toBe(thrown);
    expect(
      refusalOf([
        0,
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw thrown;
            },
          },
        ),
      ]).path,
    ).toBe('input[1]');
    expect(
      refusalOf([
        [1],
        new Proxy([1, 2], {
          get: (t, k) => {
            if (k === '1') throw 7;
            return Reflect.get(t, k);
          },
        }),
      ]).path,
    ).toBe('input[1][1]');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(refusalOf({ a: revoked.proxy }).path).toBe('input.a');
  });

  it('an opened file', () => {
    const stream = createReadStream(new URL(import.meta.url));
    expect(refusalOf({ stream }).path).toBe('input.stream');
    stream.destroy();
  });
});

describe('captureValue refuses a cycle', () => {
  it('with its place and the place to which it leads back', () => {
    const value: Record<string, unknown> = { list: [1, {}] };
    const inner = (value.list as unknown[])[1] as Record<string, unknown>;
    inner.parent = value;
    expect(refusalOf(value).path).toBe('input.list[1].parent');
    expect(refusalOf(value).received).toBe('a reference back to input');
    inner.parent = undefined;
    inner.self = new Map([['me', inner]]);
    expect(refusalOf([value]).path).toBe('input[0].list[1].self.get("me")');
    expect(refusalOf([value]).received).toBe('a reference back to input[0].list[1]');
  });

  it('also where the limit of elements is reached first', () => {
    const value: unknown[] = Array.from({ length: 600 }, () => 0);
    value.push(value);
    expect(refusalOf(value, { maxElements: 1_000, maxBytes: 1_000 }).path).toBe('input[600]');
  });

  it('but takes a part that is there several times', () => {
    const part = { a: 1 };
    expect(captureValue([part, { part }, part], 'input').text).toBe('[{"a":1},{"part":{"a":1}},{"a":1}]');
  });
});

describe('captureValue limits a value', () => {
  const limits = { maxElements: 10, maxBytes: 100 };
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  };

  it('to 200 levels, and does not overflow the stack', () => {
    expect(captureValue(nested(200), 'input').text).toContain('1');
    expect(refusalOf(nested(201)).expected).toBe('at most 200 levels');
    expect(refusalOf(nested(100_000)).expected).toBe('at most 200 levels');
    const endless = (): object =>
      new Proxy(
        {},
        {
          ownKeys: () => ['a'],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
          get: endless,
        },
      );
    expect(refusalOf(endless()).expected).toBe('at most 200 levels');
  });

  it('to a number of elements, before it reads them', () => {
    let reads = 0;
    const counting = new Proxy(new Array(8_000_000), {
      get: (target, key) => {
        reads++;
        return Reflect.get(target, key);
      },
    });
    expect(refusalOf({ a: counting }).path).toBe('input.a');
    expect(refusalOf({ a: counting }).expected).toBe('at most 1000000 elements in all');
    expect(reads).toBe(2);
    expect(
      captureValue(
        Array.from({ length: 10 }, () => 1),
        'input',
        limits,
      ).isOpaque,
    ).toBe(false);
    for (const value of [
      Array.from({ length: 11 }, () => 1),
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ],
      Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i, 1])),
      new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
      new Map([
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 5],
        [6, 6],
      ]),
    ])
      expect(refusalOf(value, limits).expected).toBe('at most 10 elements in all');
  });

  it('to a number of bytes', () => {
    expect(captureValue({ a: 'x'.repeat(99) }, 'input', limits).isOpaque).toBe(false);
    for (const value of [
      { ab: 'x'.repeat(99) },
      ['x'.repeat(51), 'x'.repeat(50)],
      '漢'.repeat(64),
      { ['n'.repeat(101)]: 1 },
      new Uint8Array(101),
      new Float64Array(13),
      new ArrayBuffer(101),
      new Error('x'.repeat(97)),
      1n << 500n,
    ])
      expect(refusalOf(value, limits).expected).toBe('at most 100 bytes in all');
  });

  it('and says which limits there can be', () => {
    for (const bad of [0, -1, 1.5, Number.NaN, '10' as never])
      expect(() => captureValue(1, 'input', { maxElements: bad, maxBytes: 1 })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
  });
});
