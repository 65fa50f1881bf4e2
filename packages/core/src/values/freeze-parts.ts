import { isNumberLiteral } from '../wire/index.js';

/** Freezes a copy and all its parts, as far as the language can. Returns it. */
export function freezeParts<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isNumberLiteral(value)) return value;
  if (value instanceof Map) {
    for (const [key, item] of value) {
      freezeParts(key);
      freezeParts(item);
    }
  } else if (value instanceof Set) for (const item of value) freezeParts(item);
  else if (isPlain(value)) for (const item of Object.values(value)) freezeParts(item);
  // A typed array with elements refuses to be frozen.
  return ArrayBuffer.isView(value) ? value : Object.freeze(value);
}

const isPlain = (value: object): boolean =>
  Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
