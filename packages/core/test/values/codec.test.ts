import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { numberLiteral } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureValue, decodeValue, defineValueClass, encodeValue, opaque } from '../../src/values/index.js';
import { anyJson, anyValue, isSame, Money } from './any-value.js';

const encoded = (value: unknown): string => encodeValue(captureValue(value, 'input'));

describe('decodeValue returns what encodeValue wrote', () => {
  it('for any value, with the same digest', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const captured = captureValue(value, 'input');
        const decoded = decodeValue(encodeValue(captured));
        expect(isSame(decoded, value)).toBe(true);
        expect(captureValue(decoded, 'input').digest).toBe(captured.digest);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  it('for plain JSON, which it writes as JSON.stringify does', () => {
    fc.assert(
      fc.property(
        anyJson.filter((value) => !JSON.stringify(value).includes('eatp"')),
        (value) => {
          const isNegativeZero = captureValue(value, 'input').text.includes('-0.0');
          if (!isNegativeZero) expect(encoded(value)).toBe(JSON.stringify(value));
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });

  it('with properties, maps and sets in their order', () => {
    const value = {
      b: 1,
      a: 2,
      map: new Map([
        [2, 'x'],
        [1, 'y'],
      ]),
      set: new Set(['b', 'a']),
    };
    const decoded = decodeValue(encoded(value)) as typeof value;
    expect(Object.keys(decoded)).toEqual(['b', 'a', 'map', 'set']);
    expect([...decoded.map.keys()]).toEqual([2, 1]);
    expect([...decoded.set]).toEqual(['b', 'a']);
  });

  it('with numbers as they were: literals, -0, and those beyond 2^53', () => {
    const value = [numberLiteral('1E5'), -0, 2 ** 60, 1e300, Number.NaN];
    const decoded = decodeValue(encoded(value)) as [{ rawJSON: string }, number, number, number, number];
    expect(decoded[0].rawJSON).toBe('1E5');
    expect(Object.is(decoded[1], -0)).toBe(true);
    expect(decoded.slice(2)).toEqual([2 ** 60, 1e300, Number.NaN]);
  });

  it('also when the value that was handed out has been changed since', () => {
    const captured = captureValue({ a: 1 }, 'input');
    (captured.value as { a: number }).a = 2;
    expect(decodeValue(encodeValue(captured))).toEqual({ a: 1 });
  });

  it('for a set of 300,000 items', () => {
    const value = new Set(Array.from({ length: 300_000 }, (_, i) => i));
    expect((decodeValue(encoded(value)) as Set<number>).size).toBe(300_000);
  });
});

describe('encodeValue refuses an opaque value', () => {
  it('naming its place', () => {
    expect(() => encoded({ a: [1, opaque(2), opaque(3)] })).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_VALUE',
        message: expect.stringContaining('The value at input.a[1] '),
      }),
    );
  });
});

describe('decodeValue refuses', () => {
  it.each<[string, unknown]>([
    ['text that is not JSON', '{'],
    ['a number', 7],
    ['a tag next to another property', '{"$eatp":["undefined"],"a":1}'],
    ['a tag without an array', '{"$eatp":"undefined"}'],
    ['an unknown kind', '{"$eatp":["x"]}'],
    ['a kind that every object has', '{"$eatp":["constructor",1]}'],
    ['an opaque value', '{"$eatp":["opaque"]}'],
    ['a kind with too little', '{"$eatp":["bigint"]}'],
    ['a kind with too much', '{"$eatp":["undefined",1]}'],
    ['a bigint in another form', '{"$eatp":["bigint","0x1"]}'],
    ['a bigint with zeros in front', '{"$eatp":["bigint","01"]}'],
    ['a number that JSON has', '{"$eatp":["number","1"]}'],
    ['a literal that is no number', '{"$eatp":["literal","\\"x\\""]}'],
    ['a date in another form', '{"$eatp":["date","2026"]}'],
    ['no date', '{"$eatp":["date","x"]}'],
    ['no address', '{"$eatp":["url","x"]}'],
    ['an unknown typed array', '{"$eatp":["bytes","Object","AQ=="]}'],
    ['half a number of a typed array', '{"$eatp":["bytes","Uint16Array","AQ=="]}'],
    ['a map entry of three', '{"$eatp":["map",[[1,2,3]]]}'],
    ['a map of no entries', '{"$eatp":["map",[1]]}'],
    ['a set of no array', '{"$eatp":["set",{}]}'],
    ['an error without a message', '{"$eatp":["error","Error",null]}'],
    ['an instance of an unknown class', '{"$eatp":["class","test.unknown","x"]}'],
    ['an instance that its class cannot read', '{"$eatp":["class","test.money","x"]}'],
    ['more levels than a value can have', `${'['.repeat(2_000)}{"$eatp":["undefined"]}${']'.repeat(2_000)}`],
  ])('%s', (_what, text) => {
    expect(() => decodeValue(text as string)).toThrow(MalformedRecordError);
  });
});

describe('defineValueClass', () => {
  it('makes instances values that are copied through their text', () => {
    const given = new Money('10', 'EUR');
    const captured = captureValue([given], 'input');
    (given as { amount: string }).amount = '99';
    const [copy] = captured.value as [Money];
    expect(copy).toBeInstanceOf(Money);
    expect(copy).toEqual({ amount: '10', currency: 'EUR' });
    expect(captured.isOpaque).toBe(false);
  });

  it('refuses a name that another class has, or that is no name', () => {
    class Cash {}
    const form = { write: () => '', read: () => new Cash() };
    expect(() => defineValueClass(Cash, { name: 'test.money', ...form })).toThrow(/already/);
    expect(() => defineValueClass(Cash, { name: 'a b', ...form })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('is the only way to be one: a brand from elsewhere is not called', () => {
    class Forged {
      get [Symbol.for('@kaizen-eatp/value')](): unknown {
        return { name: 'test.money', write: () => 'x', read: () => this };
      }
    }
    expect(() => captureValue(new Forged(), 'input')).toThrow(/The value at input /);
  });

  it('refuses an instance whose form writes no string', () => {
    class Odd {}
    defineValueClass(Odd, { name: 'test.odd', write: () => 7 as never, read: () => new Odd() });
    expect(() => captureValue({ odd: new Odd() }, 'input')).toThrow(/The value at input\.odd /);
  });
});
