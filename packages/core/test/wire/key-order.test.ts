import { parseJson, pythonStr, writeJson } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('an object with keys that look like an index', () => {
  const text = '{"b":1,"10":{"7":[{"z":null,"3":1.0}],"a":0},"2":"x","__proto__":{"y":0,"1":0}}';

  it('is written again in the order in which it was read', () => {
    expect(writeJson(parseJson(text))).toBe(text);
    expect(writeJson([parseJson(text), { c: parseJson(text), '5': 1 }])).toBe(
      `[${text},{"5":1,"c":${text}}]`,
    );
  });

  it('has the text that Python gives it', () => {
    expect(pythonStr(parseJson(text))).toBe(
      "{'b': 1, '10': {'7': [{'z': None, '3': 1.0}], 'a': 0}, '2': 'x', '__proto__': {'y': 0, '1': 0}}",
    );
  });

  it('is recognised when its digits are escapes, and when a string looks like a key', () => {
    expect(writeJson(parseJson('{"b":"\\"10\\":","\\u0031":1}'))).toBe('{"b":"\\"10\\":","1":1}');
  });

  it('keeps a key that is written twice at its first place, with its last value', () => {
    expect(writeJson(parseJson('{"b":1,"1":2,"b":3}'))).toBe('{"b":3,"1":2}');
  });

  it('comes back from any text', () => {
    const key = fc.oneof(fc.constantFrom('1', '10', '2', 'a', '__proto__', '01', '4294967295'), fc.string());
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('null', '1.0', 'true', '"1"', '"\\"1\\":"'),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([name]) => name })
          .map(
            (members) => `{${members.map(([name, item]) => `${JSON.stringify(name)}:${item}`).join(',')}}`,
          ),
      ),
    }));
    fc.assert(fc.property(value, (text) => void expect(writeJson(parseJson(text))).toBe(text)));
  });
});
