import { UnsupportedValueError } from '@kaizen-eatp/core/errors';
import { canonicalJson, toJsonObject, toJsonValue, writeJson } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

const asText = (value: unknown): string => writeJson(toJsonValue(value));

describe('toJsonValue', () => {
  it.each([
    ['a Date', new Date('2026-11-22T08:06:29.416Z'), '"2026-11-22T08:06:29.416000+00:00"'],
    ['a Date on the second', new Date('2026-11-22T08:06:29Z'), '"2026-11-22T08:06:29+00:00"'],
    ['bytes', new Uint8Array([0, 255, 16]), '"AP8Q"'],
    ['a Buffer', Buffer.from('hé'), '"aMOp"'],
    ['a bigint', 2n ** 64n, '18446744073709551616'],
    ['minus zero', -0, '-0.0'],
    ['an unsafe integer, which is a float', 2 ** 60, '1.152921504606847e+18'],
    ['a fraction', 0.5, '0.5'],
    ['undefined in a list', [1, undefined], '[1,null]'],
    ['an undefined property', { a: undefined, b: 1 }, '{"b":1}'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['null', null, 'null'],
  ])('turns %s into JSON', (_what, value, text) => {
    expect(asText(value)).toBe(text);
  });

  it('fills the holes of a sparse list, so that it can be signed', () => {
    const sparse = new Array<number>(3);
    sparse[1] = 1;
    expect(canonicalJson(toJsonValue(sparse))).toBe('[null,1,null]');
  });

  it('copies deeply, so that later changes do not reach what was signed', () => {
    const inner = { list: [1] };
    const copy = toJsonValue({ inner });
    inner.list.push(2);
    expect(copy).toEqual({ inner: { list: [1] } });
  });

  it('keeps a key __proto__ as data', () => {
    const value = JSON.parse('{"__proto__":{"isAdmin":true}}') as object;
    const copy = toJsonObject(value) as Record<string, unknown>;
    expect(copy.isAdmin).toBeUndefined();
    expect(writeJson(copy as never)).toBe('{"__proto__":{"isAdmin":true}}');
  });

  it.each([
    ['a function', { a: [{ b: () => 1 }] }, '$.a[0].b'],
    ['a symbol', { a: Symbol('x') }, '$.a'],
    ['NaN', [[Number.NaN]], '$[0][0]'],
    ['infinity', { 'a b': Number.POSITIVE_INFINITY }, '$.a b'],
    ['a Map', { m: new Map() }, '$.m'],
    ['a Set', { m: new Set() }, '$.m'],
    ['an object of a class', { m: new (class Secret {})() }, '$.m'],
    ['a boxed number', [Object(1)], '$[0]'],
    ['undefined itself', undefined, '$'],
    ['a Date that is no moment', { when: new Date(Number.NaN) }, '$.when'],
  ])('refuses %s and names its path', (_what, value, path) => {
    expect(() => toJsonValue(value)).toThrow(UnsupportedValueError);
    expect(() => toJsonValue(value)).toThrow(`The value at ${path} cannot be signed or stored`);
  });

  it('takes 200 levels and refuses more', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(() => toJsonValue(nested(200))).not.toThrow();
    expect(() => toJsonValue(nested(201))).toThrow('a deeper or circular value');
  });

  it('takes a million elements in all and refuses more, also where a list holds another one many times', () => {
    const twice = (levels: number): unknown => {
      let list: unknown = 1;
      for (let i = 0; i < levels; i++) list = i % 2 ? [list, list] : { a: list, b: list };
      return list;
    };
    expect(() => toJsonValue(twice(18))).not.toThrow();
    expect(() => toJsonValue(twice(60))).toThrow('at most 1000000 elements in all');
  });

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => toJsonValue(circle)).toThrow(UnsupportedValueError);
    expect(() => toJsonObject(circle)).toThrow(UnsupportedValueError);
  });

  it('calls no method of the value: neither toJSON nor what an array or a Date overrides', () => {
    const list = Object.assign([1, 2], {
      map: () => [666],
      [Symbol.iterator]: () => [666].values(),
      toJSON: () => 666,
    });
    const date = Object.assign(new Date(0), {
      getTime: () => 666,
      toISOString: () => '666',
      toJSON: () => 666,
    });
    const bytes = Object.assign(new Uint8Array([0, 255, 16]), { valueOf: () => '666', toJSON: () => 666 });
    const twice = { toJSON: 1 };
    expect(asText([list, date, bytes, twice])).toBe(
      '[[1,2],"1970-01-01T00:00:00+00:00","AP8Q",{"toJSON":1}]',
    );
    expect(() => toJsonValue({ toJSON: () => 666 })).toThrow(UnsupportedValueError);
    expect(() => toJsonValue(Object.create(Date.prototype))).toThrow(UnsupportedValueError);
    expect(() => toJsonValue(new Proxy(new Uint8Array(1), {}))).toThrow(UnsupportedValueError);
  });

  it('reads every property and every element once', () => {
    const reads: string[] = [];
    const counted = <T extends object>(target: T, name: string): T =>
      new Proxy(target, {
        getOwnPropertyDescriptor: (object, key) => {
          reads.push(`${name}.${String(key)}`);
          return Reflect.getOwnPropertyDescriptor(object, key);
        },
        get: (_object, key) => {
          throw new Error(`read ${String(key)} in another way`);
        },
      });
    const value = counted({ a: counted([1, 2], 'a'), b: 3 }, 'value');
    expect(asText(value)).toBe('{"a":[1,2],"b":3}');
    expect(reads).toEqual(['value.a', 'value.b', 'a.length', 'a.0', 'a.1']);
  });

  it('reports a getter that throws as an unsupported value', () => {
    const value = {
      get part() {
        throw new Error('not now');
      },
    };
    expect(() => toJsonValue({ value })).toThrow('The value at $.value cannot be signed or stored');
  });

  it('refuses as an object what has a class or is none', () => {
    for (const value of [new Map(), 'text', ['x'], null, 5, new (class Options {})()])
      expect(() => toJsonObject(value as never, 'metadata')).toThrow(UnsupportedValueError);
  });
});
