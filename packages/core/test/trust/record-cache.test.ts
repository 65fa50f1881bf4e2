import { describe, expect, it, vi } from 'vitest';
import { RecordCache, sizeOf } from '../../src/trust/verify/record-cache.js';

const ONE = sizeOf('a', 'text');

/** A cache for so many small records, and what it had to parse. */
function cacheOf(records: number) {
  const parse = vi.fn((text: string) => ({ text }));
  const cache = new RecordCache(parse, ONE * records);
  const parsed = (): string[] => parse.mock.calls.splice(0).map(([text]) => text);
  return { cache, parsed };
}

describe('the cache of parsed records', () => {
  it('parses a text once, and another text under the same id again', () => {
    const { cache, parsed } = cacheOf(3);
    expect(cache.get('a', 'txt1')).toBe(cache.get('a', 'txt1'));
    expect(parsed()).toEqual(['txt1']);
    expect(cache.get('a', 'txt2')).toEqual({ text: 'txt2' });
    expect(cache.last('a')).toEqual({ text: 'txt2' });
    expect(parsed()).toEqual(['txt2']);
  });

  it('drops the records that were not used for longest', () => {
    const { cache, parsed } = cacheOf(3);
    for (const id of ['a', 'b', 'c', 'a', 'd']) cache.get(id, `txt${id}`);
    parsed();
    for (const id of ['a', 'c', 'd']) cache.get(id, `txt${id}`);
    expect(parsed()).toEqual([]);
    cache.get('b', 'txtb');
    expect(parsed()).toEqual(['txtb']);
    expect(cache.last('a')).toBeUndefined();
  });

  it('has room again for what was forgotten, wherever it was in the order', () => {
    for (const gone of ['a', 'b', 'c']) {
      const { cache, parsed } = cacheOf(3);
      for (const id of ['a', 'b', 'c']) cache.get(id, `txt${id}`);
      cache.forget(gone);
      cache.forget(gone);
      cache.get('d', 'txtd');
      parsed();
      for (const id of ['a', 'b', 'c', 'd']) if (id !== gone) cache.get(id, `txt${id}`);
      expect(parsed()).toEqual([]);
    }
  });

  it('keeps one record that is larger than the whole cache, until the next comes', () => {
    const { cache, parsed } = cacheOf(2);
    const large = 'x'.repeat(10_000);
    cache.get('a', 'txta');
    expect(cache.get('b', large)).toBe(cache.get('b', large));
    expect(cache.last('a')).toBeUndefined();
    cache.get('c', 'txtc');
    expect(cache.last('b')).toBeUndefined();
    expect(parsed()).toEqual(['txta', large, 'txtc']);
  });

  it('holds as many records as fit after thousands of uses in any order', () => {
    const { cache } = cacheOf(50);
    const uses: string[] = [];
    for (let i = 0; i < 5_000; i++) {
      const id = String.fromCharCode(0x100 + ((i * 7919) % 97));
      cache.get(id, 'text');
      uses.push(id);
    }
    const latest = new Set<string>();
    for (const id of uses.toReversed()) if (latest.size < 50) latest.add(id);
    for (let i = 0; i < 97; i++) {
      const id = String.fromCharCode(0x100 + i);
      expect([id, cache.last(id) !== undefined]).toEqual([id, latest.has(id)]);
    }
  });
});
