/**
 * The order in which an object's keys were written, where JavaScript has another one: it moves keys that look like an
 * index (`"10"`) to the front. Python keeps the order, and the reference hashes the text that `str()` gives in it.
 */
const writtenOrder = new WeakMap<object, readonly string[]>();

/** Whether any object has its own key order, so that the lookup is skipped while none has. */
let hasAny = false;

// A key of digits, also when they are written as escapes. It can match needlessly.
const INDEX_LIKE_KEY = /"(?:\d|\\u003\d)+"\s*:/;
const EACH_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** Remembers the key order of the objects in a parsed value that JavaScript has reordered. */
export function rememberKeyOrder(value: unknown, text: string): void {
  if (!INDEX_LIKE_KEY.test(text)) return;
  // With another character in front no key looks like an index, so that each stays in its place.
  const marked = text.replace(EACH_STRING, (string, colon) => (colon ? `"_${string.slice(1)}` : string));
  remember(value, JSON.parse(marked));
}

function remember(value: unknown, marked: unknown): void {
  if (typeof marked !== 'object' || marked === null) return;
  if (Array.isArray(marked)) {
    for (const [i, item] of marked.entries()) remember((value as unknown[])[i], item);
    return;
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(marked).map((key) => key.slice(1));
  if (Object.keys(object).some((key, i) => key !== keys[i])) {
    writtenOrder.set(object, Object.freeze(keys));
    hasAny = true;
  }
  for (const key of keys) remember(object[key], (marked as Record<string, unknown>)[`_${key}`]);
}

/** Returns an object's keys in the order in which they were written. */
export const keysAsWritten = (object: object): readonly string[] =>
  (hasAny && writtenOrder.get(object)) || Object.keys(object);

/** Writes JSON text with the keys in the order in which they were read. */
export function writeInOrder(value: unknown): string {
  return hasAny && isReordered(value) ? write(value) : JSON.stringify(value);
}

function isReordered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return writtenOrder.has(value) || Object.values(value).some(isReordered);
}

function write(value: unknown): string {
  if (!isReordered(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const object = value as Record<string, unknown>;
  const members = keysAsWritten(object).filter((key) => object[key] !== undefined);
  return `{${members.map((key) => `${JSON.stringify(key)}:${write(object[key])}`).join(',')}}`;
}
