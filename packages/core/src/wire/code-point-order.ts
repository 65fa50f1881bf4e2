const SURROGATE = /[\ud800-\udfff]/;

/** Sorts keys by Unicode code point, as Python does. JavaScript's own order is by UTF-16 unit. */
export function sortByCodePoint(keys: string[]): string[] {
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

/** Compares two strings by code points, as Python does. Returns a negative number, zero or a positive one. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    // Both strings share the unit before it; if that unit opens a surrogate pair, the code points begin there.
    const start = i > 0 && isHighSurrogate(a.charCodeAt(i - 1)) ? i - 1 : i;
    const difference = (a.codePointAt(start) as number) - (b.codePointAt(start) as number);
    return difference !== 0 ? difference : (a.codePointAt(i) as number) - (b.codePointAt(i) as number);
  }
  return a.length - b.length;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
