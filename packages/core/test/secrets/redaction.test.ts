import { canonicalJson, toJsonValue } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/secrets/redaction.js';

const recordedSize = (value: unknown): number => canonicalJson(toJsonValue(redact(value))).length;

/** A value each of whose properties can be read once only. */
function readOnce<T extends object>(target: T): T {
  const seen = new Set<PropertyKey>();
  return new Proxy(target, {
    get(object, key, receiver) {
      if (seen.has(key)) throw new Error(`${String(key)} was read twice`);
      seen.add(key);
      return Reflect.get(object, key, receiver);
    },
  });
}

describe('redact keeps the record small', () => {
  it('by recording at most 1,000 elements in all', () => {
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]));
    const copy = redact(wide) as Record<string, unknown>;
    expect(Object.keys(copy)).toHaveLength(1_001);
    expect(copy.k999).toBe(999);
    expect(copy['…']).toBe('[49000 more]');
    const nested = redact([Array.from({ length: 600 }, () => 1), Array.from({ length: 600 }, () => 2), 3]);
    expect((nested as unknown[][])[1]).toHaveLength(399);
    expect((nested as unknown[][])[1]?.at(-1)).toBe('[202 more]');
    expect((nested as unknown[])[2]).toBe('[1 more]');
  });

  it('by recording at most 50,000 characters in all, whatever the number of strings', () => {
    const list = Array.from({ length: 900 }, (_, i) => `${i} ${'b'.repeat(3_990)}`);
    const copy = redact({ list }) as { list: string[] };
    expect(copy.list[0]).toMatch(/^0 b+… \(3992 characters\)$/);
    expect(copy.list[899]).toBe('[3994 characters]');
    expect(recordedSize({ list })).toBeLessThan(100_000);
  });

  it('by searching no more than that for secrets', () => {
    let searched = 0;
    const { toLowerCase } = String.prototype;
    String.prototype.toLowerCase = function (this: string) {
      searched += this.length;
      return toLowerCase.call(this);
    };
    try {
      redact(Array.from({ length: 900 }, () => 'a://'.padEnd(3_990, 'b')));
    } finally {
      String.prototype.toLowerCase = toLowerCase;
    }
    expect(searched).toBeGreaterThan(50_000);
    expect(searched).toBeLessThan(60_000);
  });

  it('by naming the size of large bytes, names and typed arrays', () => {
    expect(redact(new Uint8Array(8_000_000))).toBe('[8000000 bytes]');
    expect(redact(new Float64Array(1_000_000))).toBe('[8000000 bytes]');
    expect(recordedSize({ ['n'.repeat(1_000_000)]: 1 })).toBeLessThan(400);
    expect(recordedSize({ ['n'.repeat(5_000)]: 'hunter2' })).toBeLessThan(400);
    expect(JSON.stringify(redact({ ['n'.repeat(5_000)]: 'hunter2' }))).not.toContain('hunter2');
  });
});

describe('redact reads a value once', () => {
  it('and returns a copy of what it read', () => {
    const list = readOnce(['a', 'b']);
    const input = readOnce({ list, text: 'x', password: 'hunter2', at: new Date(5) });
    expect(redact(input)).toEqual({ list: ['a', 'b'], text: 'x', password: '[redacted]', at: new Date(5) });
  });

  it('without calling methods that the value brings', () => {
    class Hostile extends Array<string> {
      override map(): never {
        throw new Error('map was called');
      }
      override [Symbol.iterator](): never {
        throw new Error('the iterator was called');
      }
    }
    expect(redact(Hostile.of('a', 'b'))).toEqual(['a', 'b']);
    class Late extends Date {
      override getTime(): number {
        return 99;
      }
    }
    expect(redact(new Late(5))).toEqual(new Date(5));
  });

  it('and takes bytes and dates apart from the caller', () => {
    const bytes = new Uint8Array([1, 2]);
    const copy = redact({ bytes }) as { bytes: Uint8Array };
    bytes[0] = 9;
    expect(copy.bytes).toEqual(new Uint8Array([1, 2]));
  });

  it('and keeps a property named __proto__ as one', () => {
    const copy = redact(JSON.parse('{"__proto__":{"a":1}}')) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}');
  });
});
