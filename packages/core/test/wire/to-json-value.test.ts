import {
  canonicalJson,
  toJsonObject,
  toJsonValue,
  UnsupportedValueError,
  writeJson,
} from '@kaizen-eatp/core';
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
    [
      'an object that says how',
      new (class Money {
        toJSON() {
          return { cents: 5 };
        }
      })(),
      '{"cents":5}',
    ],
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

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => toJsonValue(circle)).toThrow(UnsupportedValueError);
    expect(() => toJsonObject(circle)).toThrow(UnsupportedValueError);
  });

  it('refuses an object whose toJSON never ends', () => {
    class Endless {
      toJSON(): unknown {
        return new Endless();
      }
    }
    expect(() => toJsonValue(new Endless())).toThrow(UnsupportedValueError);
  });
});
