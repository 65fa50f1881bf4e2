import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureValue, encodeValue } from '../../src/values/index.js';
import { anyJson, isSame } from './any-value.js';

/** A proxy of a value and of all its parts: each property can be read once, and is another one after that. */
function changing(value: unknown, reads: { twice: string[] }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const seen = new Set<PropertyKey>();
  return new Proxy(value, {
    get(target, key) {
      if (seen.has(key)) {
        reads.twice.push(String(key));
        return 'another value';
      }
      seen.add(key);
      return changing(Reflect.get(target, key), reads);
    },
    getOwnPropertyDescriptor(target, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      // Its value here is not what a read gives.
      return descriptor?.configurable ? { ...descriptor, value: 'a third value' } : descriptor;
    },
  });
}

/** An object whose properties are getters that give their value once. */
function withGetters(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withGetters);
  if (typeof value !== 'object' || value === null) return value;
  const object = {};
  for (const [name, item] of Object.entries(value)) {
    let reads = 0;
    Object.defineProperty(object, name, {
      enumerable: true,
      get: () => (reads++ === 0 ? withGetters(item) : 'another value'),
    });
  }
  return object;
}

/** All that a captured value shows, which must be the same. */
function expectOne(given: unknown, value: unknown): void {
  const expected = captureValue(value, 'input');
  const captured = captureValue(given, 'input');
  expect(captured.digest).toBe(expected.digest);
  expect(captured.text).toBe(expected.text);
  expect(encodeValue(captured)).toBe(encodeValue(expected));
  expect(isSame(captured.value, value)).toBe(true);
  expect(isSame(captured.frozen(), value)).toBe(true);
  expect(isSame(captured.json, value)).toBe(true);
}

const json = anyJson.filter((value) => !JSON.stringify(value).includes('eatp"'));

describe('captureValue shows one value only', () => {
  it('of proxies that give another value at the second read, and never reads twice', () => {
    fc.assert(
      fc.property(json, (value) => {
        const reads = { twice: [] };
        expectOne(changing(value, reads), value);
        expect(reads.twice).toEqual([]);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('of getters that give another value at the second read', () => {
    fc.assert(
      fc.property(json, (value) => expectOne(withGetters(value), value)),
      { numRuns: 200, seed: 6 },
    );
  });

  it('of a list with methods, an iterator, a species and a length of its own', () => {
    class Hostile extends Array<unknown> {
      static override get [Symbol.species](): never {
        throw new Error('the species was used');
      }
      override [Symbol.iterator](): never {
        throw new Error('the iterator was used');
      }
      override map(): never {
        throw new Error('map was used');
      }
      toJSON(): string {
        return 'another value';
      }
    }
    const list = new Hostile(2);
    list[0] = 'a';
    list[1] = 'b';
    expectOne(list, ['a', 'b']);
    for (const method of ['map', 'slice', 'every', 'toJSON', 'forEach', 'concat'])
      expectOne(Object.defineProperty(['a'], method, { value: () => 'another value' }), ['a']);
    let length = 1;
    expectOne(
      new Proxy(['a', 'b', 'c'], { get: (t, k) => (k === 'length' ? length++ : Reflect.get(t, k)) }),
      ['a'],
    );
    for (const bad of [-1, 1.5, '2', Number.NaN, {}])
      expect(() => captureValue(new Proxy([], { get: () => bad }), 'input')).toThrow(/The value at input /);
  });

  it("of subclasses of JavaScript's own kinds, whatever they override", () => {
    const other = (): never => {
      throw new Error('an override was used');
    };
    class LateDate extends Date {
      override getTime = other;
      override toISOString = other;
      override toJSON = other;
      override valueOf = other;
    }
    class OtherMap extends Map<string, number> {
      override get size(): number {
        return 0;
      }
      override forEach = other;
      override entries = other;
      override [Symbol.iterator] = other;
    }
    class OtherSet extends Set<number> {
      override get size(): number {
        return 0;
      }
      override forEach = other;
      override values = other;
      override [Symbol.iterator] = other;
    }
    class OtherBytes extends Uint8Array {
      static get [Symbol.species](): never {
        throw new Error('the species was used');
      }
      override get length(): number {
        return 0;
      }
      override slice = other;
      override [Symbol.iterator] = other;
    }
    class OtherUrl extends URL {
      override toString = other;
      override toJSON = other;
    }
    const url = Object.defineProperty(new OtherUrl('https://one.example/'), 'href', { get: other });
    const map = new OtherMap();
    Map.prototype.set.call(map, 'a', 1);
    const set = new OtherSet();
    Set.prototype.add.call(set, 1);
    for (const [hostile, plain] of [
      [new LateDate(5), new Date(5)],
      [map, new Map([['a', 1]])],
      [set, new Set([1])],
      [new OtherBytes(new Uint8Array([1, 2]).buffer), new Uint8Array([1, 2])],
      [url, new URL('https://one.example/')],
    ]) {
      const captured = captureValue(hostile, 'input');
      expect(captured.digest).toBe(captureValue(plain, 'input').digest);
      expect(isSame(captured.value, plain)).toBe(true);
    }
  });

  it('of an error whose name and message change', () => {
    let reads = 0;
    const error = Object.defineProperties(new Error(), {
      name: { get: () => `name ${reads++}` },
      message: { get: () => `message ${reads++}` },
    });
    const captured = captureValue(error, 'input');
    expect(captured.text).toBe('{"$eatp":["error","name 0","message 1"]}');
    expect((captured.value as Error).name).toBe('name 0');
    expect(captured.text).toContain('name 0');
  });

  it('of a map that changes while its parts are read', () => {
    const map = new Map<unknown, unknown>();
    map.set('a', {
      get x() {
        map.set('b', 2);
        map.set('a', 3);
        return 1;
      },
    });
    expect(captureValue(map, 'input').text).toBe('{"$eatp":["map",[["a",{"x":1}]]]}');
  });

  it('of an object that changes while its parts are read', () => {
    const object: Record<string, unknown> = {
      first: {
        get x() {
          object.last = 'changed';
          object.more = 1;
          return 1;
        },
      },
      last: 'given',
    };
    expect(captureValue(object, 'input').text).toBe('{"first":{"x":1},"last":"given"}');
  });

  it('even if a library has added a property to all objects', () => {
    const added = 'addedByALibrary';
    const property = { value: {}, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(Object.prototype, added, property);
    const captured = captureValue({ a: { b: 1 } }, 'input');
    const copies = [captured.value, captured.frozen()] as { a: object }[];
    const { text } = captured;
    delete (Object.prototype as Record<string, unknown>)[added];
    expect(text).toBe('{"a":{"b":1}}');
    for (const copy of copies) {
      expect(Object.keys(copy)).toEqual(['a']);
      expect(Object.keys(copy.a)).toEqual(['b']);
    }
  });

  it('of properties with the names of methods', () => {
    const text = '{"hasOwnProperty":3,"then":2,"toJSON":1}';
    expectOne(JSON.parse(text), JSON.parse(text));
    expect(captureValue(JSON.parse(text), 'input').text).toBe(text);
  });
});
